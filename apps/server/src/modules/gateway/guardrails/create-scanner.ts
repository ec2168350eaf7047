// Reads texts at once when that takes a moment, and in a thread when it takes longer. A scan that does not end is ended.
import { Worker } from 'node:worker_threads';
import { guardrailProblem } from '@insula/contract/guardrails';
import type { TextRule } from './compile-policy.ts';
import type { ScanAnswer, ScanOrder } from './scan-in-thread.ts';
import { type Found, scanTexts } from './scan-texts.ts';

export type Scanner = {
  /** What the rules find in each text; throws `guardrails_text_too_long`. A promise only for long texts. */
  scan(rules: readonly TextRule[], texts: readonly string[]): Found[][] | Promise<Found[][]>;
  stop(): Promise<void>;
};

const AT_ONCE_MICROS = 2_000;
const CHARACTERS_MAX = 2_000_000;
const WAITING_MAX = 200;
const SCAN_MS = 15_000;
const IDLE_MS = 60_000;

type Waiting = { rules: readonly TextRule[]; resolve(found: Found[][]): void; reject(error: Error): void };
type Beside = {
  waiting: Map<number, Waiting>;
  thread?: Worker | undefined;
  timer?: NodeJS.Timeout;
  lastId: number;
};

/** Makes a scanner; its thread is started when it is first needed and let go when it is not. */
export function createScanner(): Scanner {
  const beside: Beside = { waiting: new Map(), lastId: 0 };
  return {
    scan(rules, texts) {
      if (rules.length === 0) return texts.map(() => []);
      const characters = texts.reduce((sum, text) => sum + text.length, 0);
      if (characters > CHARACTERS_MAX)
        throw guardrailProblem('guardrails_text_too_long', { limit: CHARACTERS_MAX });
      const micros = characters * rules.reduce((sum, rule) => sum + rule.costMicros, 0);
      return micros <= AT_ONCE_MICROS ? scanTexts(rules, texts) : scanBeside(beside, rules, texts);
    },
    async stop() {
      clearTimeout(beside.timer);
      const { thread } = beside;
      endThread(beside, 'the server stops.');
      await thread?.terminate();
    },
  };
}

function scanBeside(
  beside: Beside,
  rules: readonly TextRule[],
  texts: readonly string[],
): Promise<Found[][]> {
  if (beside.waiting.size >= WAITING_MAX)
    return Promise.reject(
      guardrailProblem('guardrails_unavailable', { reason: 'there is too much to read.' }),
    );
  beside.thread ??= startThread(beside);
  const { promise, resolve, reject } = Promise.withResolvers<Found[][]>();
  const id = ++beside.lastId;
  beside.waiting.set(id, { rules, resolve, reject });
  const plain = rules.map(({ source, rule }) => ({ source, rule }));
  beside.thread.postMessage({ id, rules: plain, texts: [...texts] } satisfies ScanOrder);
  watchThread(beside);
  return promise;
}

function startThread(beside: Beside): Worker {
  const worker = new Worker(new URL('./scan-in-thread.ts', import.meta.url));
  worker.on('message', (answer: ScanAnswer) => {
    const own = beside.waiting.get(answer.id);
    beside.waiting.delete(answer.id);
    if (beside.thread === worker) watchThread(beside);
    if ('error' in answer) own?.reject(new Error(answer.error));
    else own?.resolve(joinRules(answer, own.rules));
  });
  worker.on('error', (error) => {
    if (beside.thread === worker) endThread(beside, `${(error as Error).message}.`);
  });
  return worker;
}

/** Ends a thread that reads for too long, or has had nothing to read for long. */
function watchThread(beside: Beside): void {
  clearTimeout(beside.timer);
  const isBusy = beside.waiting.size > 0;
  beside.timer = isBusy
    ? setTimeout(() => endThread(beside, 'reading the text took too long.'), SCAN_MS)
    : setTimeout(() => endThread(beside, 'it was idle.'), IDLE_MS).unref();
  if (isBusy) beside.thread?.ref();
  else beside.thread?.unref();
}

function endThread(beside: Beside, reason: string): void {
  void beside.thread?.terminate();
  beside.thread = undefined;
  for (const { reject } of beside.waiting.values())
    reject(guardrailProblem('guardrails_unavailable', { reason }));
  beside.waiting.clear();
}

function joinRules(answer: Extract<ScanAnswer, { found: unknown }>, rules: readonly TextRule[]): Found[][] {
  return answer.found.map((own, text) =>
    own.map((match, i) => {
      const { source, rule } = rules[answer.rules[text]![i]!]!;
      return { ...match, source, rule };
    }),
  );
}
