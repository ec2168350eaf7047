// The translated exchange: a canonical call to a model of the AI SDK, and its answer in the caller's protocol, as it comes. It
// promises what relay/exchange-bytes.ts promises: it resolves once, never rejects, keeps to the pace of the slower side, is
// bounded in time and size, and never sends the end.

import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4Usage } from '@ai-sdk/provider';
import { type AnswerEncoder, type Block, blocksOf, type Closing, type Heading } from '../encoding/index.ts';
import { countsOfUsage } from '../models/counts-of-usage.ts';
import { failureOfModel, isCutShort } from '../models/failure-of-model.ts';
import type { Connection } from '../providers/connect-provider.ts';
import { type Ending, type Exchanged, failed } from '../relay/exchange-bytes.ts';
import { usedIn } from '../relay/judge-exchange.ts';
import type { Answering } from '../relay/write-answer.ts';
import { type Seen, seeNothing } from '../usage/index.ts';
import { openPassage } from './open-passage.ts';
import { Stopped, superviseCall } from './supervise-call.ts';
import { tellIgnored } from './tell-ignored.ts';

export type PartsRequest = {
  /** The model, opened for the target, and perhaps wrapped. */
  model: LanguageModelV4;
  /** Whose secrets must not stand in what a failure says. */
  connection: Connection | undefined;
  options: LanguageModelV4CallOptions;
  encoder: AnswerEncoder;
  heading: Heading;
  /** The id of the call, and whether the caller wants a stream. */
  id: string;
  stream: boolean;
  /** Bytes of the caller's body, for when the provider does not say what was used. */
  bodyBytes: number;
  maxResponseBytes: number;
  maxCallMs: number;
  firstByteMs: number;
  idleMs: number;
  /** Ends the call from our side. */
  signal?: AbortSignal | undefined;
};

/** An exchange under way, and what was seen of it. */
export type Run = {
  request: PartsRequest;
  response: Answering;
  startedAt: number;
  firstByteMs: number | undefined;
  seen: Seen;
};
type Watch = ReturnType<typeof superviseCall>;

/** Makes the call and passes a stream on to `response`. */
export async function exchangeParts(request: PartsRequest, response: Answering): Promise<Exchanged> {
  const startedAt = performance.now();
  const run: Run = { request, response, startedAt, firstByteMs: undefined, seen: seeNothing() };
  const watch = superviseCall(request, response);
  let ending: Ending;
  try {
    ending = await (request.stream ? passStream(run, watch) : gatherWhole(run, watch));
  } catch (error) {
    ending = error instanceof Stopped ? error.ending : failureEnding(run, error);
  }
  watch.end();
  const { seen, firstByteMs } = run;
  return { ending, firstByteMs, seen: firstByteMs === undefined ? undefined : seen };
}

/** What a model threw, or told in its stream, as an ending. */
export function failureEnding({ request }: Run, error: unknown): Ending {
  const failure = failureOfModel(error, request.connection);
  return error instanceof Error ? { kind: 'failure', failure, cause: error } : { kind: 'failure', failure };
}

/** Notes that the answer has begun. */
export function noteHead(run: Run): void {
  run.firstByteMs ??= Math.round(performance.now() - run.startedAt);
}

/** Notes what the provider says was used; what it does not say is counted. */
export function noteUsage({ seen }: Run, usage: LanguageModelV4Usage): void {
  const counts = countsOfUsage(usage);
  if (counts) seen.usage = counts;
}

/** What is said of the whole answer; its tokens are those that will be billed. */
export function closingOf({ request, seen }: Run, blocks: Block[], reason: Closing['reason']): Closing {
  return { blocks, reason, tokens: usedIn(seen, request.bodyBytes).tokens };
}

async function gatherWhole(run: Run, watch: Watch): Promise<Ending> {
  const { request, seen, response } = run;
  const { model, options, encoder, heading } = request;
  const result = await watch.until(() => model.doGenerate({ ...options, abortSignal: watch.signal }));
  noteHead(run);
  tellIgnored(response, result.warnings);
  const blocks = blocksOf(result.content);
  for (const { text } of blocks) seen.textBytes += Buffer.byteLength(text);
  noteUsage(run, result.usage);
  const reason = result.finishReason.unified;
  if (reason === 'error') return failed('provider_error');
  if (isCutShort(result.finishReason)) return failed('provider_answer_invalid');
  const named = { ...heading, model: result.response?.modelId ?? heading.model };
  const body = Buffer.from(JSON.stringify(encoder.whole(named, closingOf(run, blocks, reason))));
  if (body.length > request.maxResponseBytes) return failed('provider_answer_too_large');
  return { kind: 'whole', status: 200, headers: {}, body };
}

async function passStream(run: Run, watch: Watch): Promise<Ending> {
  const { model, options } = run.request;
  const { stream } = await watch.until(() => model.doStream({ ...options, abortSignal: watch.signal }));
  const reader = stream.getReader();
  const pass = openPassage(run);
  try {
    for (;;) {
      const { done, value } = await watch.until(() => reader.read());
      if (done) return failed('provider_cut');
      const ending = pass(value);
      if (ending) return ending;
      if (run.response.writableNeedDrain) await watch.drained();
      if (value.type !== 'stream-start') watch.touch(); // that is the SDK's own, at the head: nothing was said yet
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}
