// What a scripted provider of any protocol is made of: the script is the same for all, the wire writes it in the provider's
// own format. Every count of a script is sent as the provider would, so that a class of tokens that is dropped is noticed.
import type { IncomingHttpHeaders } from 'node:http';

export type ScriptedCall = { id: string; name: string; argumentPieces: readonly string[] };

/** What a model says, and what it cost; the counts are disjoint. */
export type Script = {
  textPieces: readonly string[];
  thoughts?: string;
  calls?: readonly ScriptedCall[];
  usage: { input: number; cached: number; written: number; output: number; reasoning: number };
};

export type WireRequest = {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  body: Record<string, unknown>;
};

export type ScriptedWire = {
  /** The provider's id in our list, and what sets this wire apart from others of it. */
  provider: string;
  name: string;
  /** A credential's fields besides `base_url`, which is the origin and `basePath`. */
  fields: Record<string, string>;
  basePath: string;
  /** Which classes of tokens the provider tells apart. */
  reports: { cached: boolean; written: boolean; reasoning: boolean };
  isAccepted(request: WireRequest, host: string): boolean;
  /** What is asked: nothing else is answered. */
  readRoute(request: WireRequest): 'models' | 'whole' | 'stream' | 'embeddings' | undefined;
  whole(script: Script): unknown;
  /** The events of a stream, each as its bytes. */
  stream(script: Script): Buffer[];
  streamType: string;
  /** An error of the provider; `type` may decide a header. */
  error(status: number, message: string): { json: unknown; headers?: Record<string, string> };
  /** What a refused key is answered with. */
  refusal: { status: number; json: unknown; headers?: Record<string, string> };
  /** An error that is told in the middle of a stream, and the status it stands for. */
  errorEvent?: { bytes: Buffer; status: number };
  models?: unknown;
  /** The texts that are to be embedded, and the answer for vectors of them. */
  embeddings?: {
    textsIn(body: Record<string, unknown>): string[];
    answer(vectors: number[][], tokens: number): unknown;
    dimensionsIn(body: Record<string, unknown>): unknown;
    reportsUsage: boolean;
  };
};

/** A server-sent event. */
export function sse(json: unknown, event?: string): Buffer {
  const name = event === undefined ? '' : `event: ${event}\n`;
  return Buffer.from(`${name}data: ${typeof json === 'string' ? json : JSON.stringify(json)}\n\n`);
}

/** The arguments of a call as one text. */
export const argumentsOf = (call: ScriptedCall): string => call.argumentPieces.join('');
