// Applies the rules that only read: every match at or above its rule's threshold, in every text.
import type { Match } from '../../../platform/detectors/index.ts';
import type { Action, Rule, Source, TextRule } from './compile-policy.ts';

/** Something found in a text by a rule. */
export type Found = Match & { source: Source; rule: Rule };

/** What the rules find in each text. */
export function scanTexts(rules: readonly TextRule[], texts: readonly string[]): Found[][] {
  return texts.map((text) =>
    text === ''
      ? []
      : rules.flatMap(({ find, source, rule }) => find(text).map((match) => ({ ...match, source, rule }))),
  );
}

const strictness: Record<Action, number> = { flag: 1, mask: 2, block: 3 };

/** The strictest thing to do about what was found; `pass` when nothing was. */
export function judgeFound(found: readonly Found[]): 'pass' | Action {
  let verdict: 'pass' | Action = 'pass';
  for (const { rule } of found)
    if (verdict === 'pass' || strictness[rule.action] > strictness[verdict]) verdict = rule.action;
  return verdict;
}
