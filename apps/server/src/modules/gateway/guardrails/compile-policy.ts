// Policies made ready to use: finders built once, rules sorted by what they need. Those of the organization come first, and
// both hold: nothing a workspace says takes a rule of the organization away.
import type { guardrailRule } from '@insula/contract/guardrails';
import type { z } from 'zod';
import {
  createPatternFinder,
  createWordFinder,
  findCards,
  findEmails,
  findIbans,
  findIps,
  findNationalIds,
  findPassports,
  findPhones,
  findSecrets,
  findSsns,
  type Match,
  withoutOverlaps,
} from '../../../platform/detectors/index.ts';

export type Rule = z.infer<typeof guardrailRule>;
export type Phase = 'input' | 'output';
export type Action = 'flag' | 'mask' | 'block';
export type Source = 'organization' | 'workspace';
export type SourcedRule = { source: Source; rule: Rule };
export type Policy = { enabled: boolean; on_failure: 'block' | 'allow'; rules: Rule[] };

/** A rule that is applied by reading the text, here or in a thread. */
export type TextRule = SourcedRule & {
  find(text: string): Match[];
  /** Characters at the end of an unfinished text that a match may still grow out of. */
  holdCharacters: number;
  /** Rough time for a character, in microseconds. */
  costMicros: number;
};
export type ModelRule = { source: Source; rule: Extract<Rule, { type: 'prompt_injection' | 'toxicity' }> };
export type PhaseRules = { text: TextRule[]; model: ModelRule[] };
export type Guards = {
  input: PhaseRules;
  output: PhaseRules;
  /** Whether a rule that cannot be applied lets the call through. */
  allowsFailure: boolean;
};

const PERSONAL_HOLD = 64;
const PATTERN_HOLD = 256;
const WORD_HOLD = 32;

/** The guards of a workspace; undefined when no rule is on, so that a call pays one property check. */
export function compilePolicy(policies: readonly { source: Source; policy: Policy }[]): Guards | undefined {
  const active = policies.filter(({ policy }) => policy.enabled && policy.rules.length > 0);
  if (active.length === 0) return undefined;
  const rules = active.flatMap(({ source, policy }) => policy.rules.map((rule) => ({ source, rule })));
  const text = rules.flatMap((one) => compileRule(one) ?? []);
  const model = rules.filter(({ rule }) => isModelRule(rule)) as ModelRule[];
  const phaseOf = (phase: Phase): PhaseRules => ({
    text: text.filter(({ rule }) => rule.phases.includes(phase)),
    model: model.filter(({ rule }) => rule.phases.includes(phase)),
  });
  return {
    input: phaseOf('input'),
    output: phaseOf('output'),
    allowsFailure: active.every(({ policy }) => policy.on_failure === 'allow'),
  };
}

function isModelRule(rule: Rule): boolean {
  return rule.type === 'prompt_injection' || rule.type === 'toxicity';
}

/** The rule with its finder; undefined when it needs a model. Throws on a pattern that was never accepted. */
export function compileRule({ source, rule }: SourcedRule): TextRule | undefined {
  if (rule.type === 'personal')
    return {
      source,
      rule,
      find: (text) => findPersonal(text, rule),
      holdCharacters: PERSONAL_HOLD,
      costMicros: 0.6,
    };
  if (rule.type === 'deny_list') {
    const longest = rule.words.reduce((most, word) => Math.max(most, word.length), 0);
    const find = createWordFinder(rule.words);
    return { source, rule, find, holdCharacters: longest + WORD_HOLD, costMicros: 0.6 };
  }
  if (rule.type !== 'pattern') return undefined;
  const find = createPatternFinder(rule.pattern, { ignoreCase: rule.ignore_case });
  if (typeof find !== 'function') throw new Error(`The pattern of "${rule.name}" cannot be used.`);
  return { source, rule, find, holdCharacters: PATTERN_HOLD, costMicros: 0.6 };
}

type PersonalRule = Extract<Rule, { type: 'personal' }>;
type PersonalKind = PersonalRule['kinds'][number];

const finders: [PersonalKind[], (text: string, rule: PersonalRule) => Match[]][] = [
  [['email'], findEmails],
  [['phone'], (text, rule) => findPhones(text, rule.regions)],
  [['credit_card'], findCards],
  [['iban'], findIbans],
  [['us_ssn'], findSsns],
  [['passport'], findPassports],
  [['national_id'], findNationalIds],
  [['ip_address'], findIps],
  [['api_key', 'private_key'], findSecrets],
];

function findPersonal(text: string, rule: PersonalRule): Match[] {
  const kinds: ReadonlySet<string> = new Set(rule.kinds);
  const found = finders.flatMap(([own, find]) =>
    own.some((kind) => kinds.has(kind)) ? find(text, rule) : [],
  );
  return withoutOverlaps(found.filter((match) => kinds.has(match.kind) && match.score >= rule.threshold));
}
