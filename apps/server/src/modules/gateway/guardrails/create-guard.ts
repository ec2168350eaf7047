// The guard of one call: reads what goes in, what comes out, and puts back what it masked. It is made only for workspaces
// that have rules.
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import type { Guards, Phase } from './compile-policy.ts';
import { createMasks, type Masks } from './create-masks.ts';
import { guardParts } from './guard-parts.ts';
import { type GuardDeps, judgeTexts, type Place } from './judge-texts.ts';
import { type Finding, listFindings } from './list-findings.ts';
import { mapContent, mapPrompt, type TextPlace } from './map-prompt.ts';
import { type Found, judgeFound } from './scan-texts.ts';

export type Verdict = 'pass' | 'flag' | 'mask' | 'block';
export type GuardedInput = { verdict: Verdict; options: LanguageModelV4CallOptions; findings: Finding[] };
export type GuardedResult = { verdict: Verdict; result: LanguageModelV4GenerateResult; findings: Finding[] };

/** What the parts of a guard share. */
export type GuardState = {
  deps: GuardDeps;
  place: Place;
  guards: Guards;
  masks: Masks;
  /** Everything found so far, both phases. */
  findings: Finding[];
};
export type Guard = {
  /** Judges a prompt. On `block` nothing may be sent; otherwise send the options it answers. */
  guardInput(options: LanguageModelV4CallOptions): GuardedInput | Promise<GuardedInput>;
  /** Judges an answer; one that is blocked comes back empty, with the finish reason `content-filter`. */
  guardResult(result: LanguageModelV4GenerateResult): GuardedResult | Promise<GuardedResult>;
  /** The same for a stream, whose end is held back as far as needed; a block ends it with `content-filter`. */
  guardParts(parts: ReadableStream<LanguageModelV4StreamPart>): ReadableStream<LanguageModelV4StreamPart>;
  findings(): readonly Finding[];
};

/** Makes the guard of one call. */
export function createGuard(deps: GuardDeps, guards: Guards, place: Place): Guard {
  const state: GuardState = { deps, guards, place, masks: createMasks([]), findings: [] };
  return {
    guardInput: (options) => guardInput(state, options),
    guardResult: (result) => guardResult(state, result),
    guardParts: (parts) => guardParts(state, parts),
    findings: () => state.findings,
  };
}

/** Does `next` now if the value is there, or when it comes. */
export function whenDone<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Notes what was found in the texts; `startsAt` is where they begin in a longer one. */
export function noteFindings(
  state: GuardState,
  at: { phase: Phase; texts: readonly string[]; found: Found[][]; startsAt?: number },
): Finding[] {
  if (at.found.every((own) => own.length === 0)) return [];
  const options = {
    hashKey: state.deps.hashKey,
    organizationId: state.place.organizationId,
    phase: at.phase,
  };
  const findings = listFindings(options, at.texts, at.found);
  for (const place of findings.flatMap((finding) => finding.offsets)) {
    place.start += at.startsAt ?? 0;
    place.end += at.startsAt ?? 0;
  }
  state.findings.push(...findings);
  return findings;
}

function guardInput(
  state: GuardState,
  options: LanguageModelV4CallOptions,
): GuardedInput | Promise<GuardedInput> {
  const { input } = state.guards;
  if (input.text.length === 0 && input.model.length === 0) return { verdict: 'pass', options, findings: [] };
  const texts: string[] = [];
  const places: TextPlace[] = [];
  mapPrompt(options.prompt, (text, place) => {
    texts.push(text);
    places.push(place);
    return text;
  });
  // What was said before the last turn was judged in its own call.
  const lastAsked = options.prompt.findLastIndex((message) => message.role === 'user');
  const lastAnswer = options.prompt.findLastIndex(
    (message, index) => message.role === 'assistant' && index < lastAsked,
  );
  const foreign = places.map(
    ({ role, message }) => role === 'tool' || (role === 'user' && message > lastAnswer),
  );
  const judged = judgeTexts(state.deps, state.place, {
    guards: state.guards,
    phase: 'input',
    texts,
    foreign,
  });
  return whenDone(judged, (found) => {
    const findings = noteFindings(state, { phase: 'input', texts, found });
    const verdict = judgeFound(found.flat());
    if (verdict !== 'mask') return { verdict, options, findings };
    state.masks = createMasks(texts);
    let next = 0;
    const prompt = mapPrompt(options.prompt, (text) => state.masks.mask(text, found[next++]!, true));
    return { verdict, options: { ...options, prompt }, findings };
  });
}

function guardResult(
  state: GuardState,
  result: LanguageModelV4GenerateResult,
): GuardedResult | Promise<GuardedResult> {
  return whenDone(guardContent(state, result.content), ({ verdict, content, findings }) => {
    if (verdict === 'pass' && !state.masks.hasOriginals()) return { verdict, result, findings };
    const { structuredOutputText: _text, request: _request, response, ...rest } = result;
    const { body: _body, ...about } = response ?? {};
    const own = { ...rest, content, ...(response ? { response: about } : {}) };
    if (verdict !== 'block') return { verdict, result: own, findings };
    return { verdict, result: { ...own, finishReason: BLOCKED }, findings };
  });
}

/** Why an answer ended that a guardrail did not let through. */
export const BLOCKED = { unified: 'content-filter' as const, raw: 'insula_guardrails' };

type GuardedContent = { verdict: Verdict; content: LanguageModelV4Content[]; findings: Finding[] };

/** Judges whole content, masks it and puts the caller's own originals back. */
export function guardContent(
  state: GuardState,
  content: readonly LanguageModelV4Content[],
): GuardedContent | Promise<GuardedContent> {
  const texts: string[] = [];
  mapContent(content, (text) => {
    texts.push(text);
    return text;
  });
  const judged = judgeTexts(state.deps, state.place, { guards: state.guards, phase: 'output', texts });
  return whenDone(judged, (found) => {
    const findings = noteFindings(state, { phase: 'output', texts, found });
    const verdict = judgeFound(found.flat());
    if (verdict === 'block') return { verdict, content: [], findings };
    let next = 0;
    const shown = mapContent(content, (text) => {
      const own = found[next++]!;
      return state.masks.restore(own.length > 0 ? state.masks.mask(text, own, false) : text);
    });
    return { verdict, content: shown, findings };
  });
}
