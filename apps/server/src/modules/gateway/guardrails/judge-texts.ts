// Everything that the rules of a phase find in some texts: first those that read, then, where a policy has such rules, those
// that ask a model. Waits for nothing unless a text is long or a model is asked.
import { Problem } from '@insula/contract';
import { guardrailProblem } from '@insula/contract/guardrails';
import { scoreInjection } from '../../../platform/detectors/index.ts';
import type { Egress } from '../../../platform/egress/index.ts';
import type { Embeddings } from '../../../platform/embeddings/index.ts';
import type { Log } from '../../../platform/log.ts';
import type { Guards, ModelRule, Phase } from './compile-policy.ts';
import type { Scanner } from './create-scanner.ts';
import { type ModerationRoute, moderateTexts } from './moderate-texts.ts';
import type { Found } from './scan-texts.ts';

export type GuardDeps = {
  scanner: Scanner;
  embeddings: Pick<Embeddings, 'embed'>;
  egress: Egress;
  log: Log;
  /** A key that only this installation knows: hashes of what was found are no way back to it. */
  hashKey: Buffer;
  /** The way to a moderation endpoint for a workspace: by that credential, or by its first one of OpenAI. */
  findModerationRoute(
    place: { organizationId: string; workspaceId: string },
    credentialId: string | null,
  ): Promise<ModerationRoute | undefined>;
};
export type Place = { organizationId: string; workspaceId: string; signal?: AbortSignal | undefined };
export type Judged = {
  guards: Guards;
  phase: Phase;
  texts: readonly string[];
  /** Which of the texts a stranger may have written; prompt injection is looked for in those alone. */
  foreign?: readonly boolean[];
};

/** What is found in each text; throws `guardrails_unavailable` when a rule cannot be applied and the policy minds. */
export function judgeTexts(deps: GuardDeps, place: Place, judged: Judged): Found[][] | Promise<Found[][]> {
  const { guards, phase, texts } = judged;
  const { text, model } = guards[phase];
  const scanned = deps.scanner.scan(text, texts);
  if (model.length === 0) return scanned;
  if (scanned instanceof Promise) scanned.catch(() => undefined); // told below, after the models
  return askModels(deps, place, judged).then(async (asked) => {
    const read = await scanned;
    return read.map((own, i) => [...own, ...asked[i]!]);
  });
}

async function askModels(deps: GuardDeps, place: Place, judged: Judged): Promise<Found[][]> {
  const found: Found[][] = judged.texts.map(() => []);
  for (const one of judged.guards[judged.phase].model) {
    try {
      const scored = await askModel(deps, place, { ...judged, one });
      for (const [i, hits] of scored.entries()) found[i]!.push(...hits);
    } catch (error) {
      if (place.signal?.aborted) throw error;
      const reason = `${one.rule.name}: ${(error as Error).message}`;
      deps.log.warn({ organization_id: place.organizationId, reason }, 'a guardrail could not be applied');
      if (!judged.guards.allowsFailure) throw asProblem(error, reason);
    }
  }
  return found;
}

function asProblem(error: unknown, reason: string): Problem {
  return error instanceof Problem && error.code === 'guardrails_unavailable'
    ? error
    : guardrailProblem('guardrails_unavailable', { reason }, error);
}

type Asked = Judged & { one: ModelRule };

function askModel(deps: GuardDeps, place: Place, asked: Asked): Promise<Found[][]> {
  return asked.one.rule.type === 'toxicity'
    ? askModeration(deps, place, asked)
    : askInjection(deps, place, asked);
}

async function askModeration(deps: GuardDeps, place: Place, { one, texts }: Asked): Promise<Found[][]> {
  const { rule, source } = one;
  if (rule.type !== 'toxicity') return [];
  const route = await deps.findModerationRoute(place, rule.credential_id);
  if (!route) throw new Error('the workspace has no credential of OpenAI to moderate with.');
  const spoken = texts.flatMap((text, i) => (text.trim() === '' ? [] : [i]));
  const scores = await moderateTexts(deps.egress, {
    route,
    model: rule.model,
    texts: spoken.map((i) => texts[i]!),
    signal: place.signal,
  });
  const found: Found[][] = texts.map(() => []);
  for (const [n, i] of spoken.entries())
    for (const [kind, score] of Object.entries(scores[n]!))
      if (score >= rule.threshold)
        found[i]!.push({ kind, start: 0, end: texts[i]!.length, score, source, rule });
  return found;
}

const WINDOW_CHARACTERS = 1_000;
const WINDOWS_MAX = 64;

async function askInjection(
  deps: GuardDeps,
  place: Place,
  { one, texts, foreign }: Asked,
): Promise<Found[][]> {
  const { rule, source } = one;
  const windows = texts.flatMap((text, i) => (foreign?.[i] === false ? [] : cutWindows(text, i)));
  if (windows.length > WINDOWS_MAX)
    throw new Error(`there is more text than the ${WINDOWS_MAX * WINDOW_CHARACTERS} characters it reads.`);
  const { signal } = place;
  const vectors = await deps.embeddings.embed(
    windows.map(({ text }) => text),
    signal ? { signal } : {},
  );
  const found: Found[][] = texts.map(() => []);
  for (const [n, { text, i, start }] of windows.entries()) {
    const score = scoreInjection(text, vectors[n]!);
    if (score >= (rule.type === 'prompt_injection' ? rule.threshold : 1))
      found[i]!.push({ kind: 'prompt_injection', start, end: start + text.length, score, source, rule });
  }
  return found;
}

type Window = { text: string; i: number; start: number };

/** About as much as the embedding reads at once, so that nothing hides at the end of a long text. */
function cutWindows(text: string, i: number): Window[] {
  const windows: Window[] = [];
  for (let start = 0; start < text.length; ) {
    const rest = text.slice(start, start + WINDOW_CHARACTERS);
    const space = rest.length < WINDOW_CHARACTERS ? -1 : rest.search(/\s\S*$/);
    const own = space > WINDOW_CHARACTERS / 2 ? rest.slice(0, space + 1) : rest;
    if (own.trim() !== '') windows.push({ text: own, i, start });
    start += own.length;
  }
  return windows;
}
