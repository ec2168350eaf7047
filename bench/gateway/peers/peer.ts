// What the bench asks of every gateway it measures: be installed, be started in front of the upstream, say how to call it.

import type { Databases } from '../databases.ts';
import { isRight, writeBody } from '../dialogue.ts';
import type { Target } from '../load.ts';
import type { Processes } from '../processes.ts';

export type Bench = {
  processes: Processes;
  /** A folder that goes away after the run. */
  folder: string;
  /** Where peers are installed, kept between runs. */
  peersFolder: string;
  repositoryFolder: string;
  upstreamPort: number;
  /** Databases of this run; undefined when no PostgreSQL server was given. */
  databases: Databases | undefined;
  redisUrl: string | undefined;
};

export type Running = {
  target: Target;
  /** What is on and what is off in this gateway, for the reader of the table. */
  note: string;
  /** True when a call with a wrong key has to be refused. */
  authenticates: boolean;
  /** Milliseconds that calls have waited for records in a database so far, where the gateway tells. */
  readWaitedMs?(): Promise<number>;
  stop(): Promise<void>;
};

export type Peer = {
  name: string;
  /** Installs the peer where it is missing; throws with a reason a person can act on. */
  install(bench: Bench): Promise<void>;
  start(bench: Bench): Promise<Running>;
};

/** Makes one whole call, optionally with other headers. Throws when nobody listens. */
export async function callOnce(
  target: Target,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${target.port}${target.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...target.headers, ...headers },
    body: writeBody(false),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: response.status, text: await response.text() };
}

/** Tells whether a whole call is answered as it should be. */
export async function isServing(target: Target): Promise<boolean> {
  const { status, text } = await callOnce(target);
  return status === 200 && isRight(text, false);
}

/** Throws unless a call with a wrong key is refused: an open gateway is not the one to measure. */
export async function checkRefusal(running: Running): Promise<void> {
  if (!running.authenticates) return;
  const { status } = await callOnce(running.target, { authorization: 'Bearer sk-not-a-key' });
  // 400 is what LiteLLM says when it has no database to look the key up in
  if (![400, 401, 403].includes(status)) throw new Error(`a wrong key was answered with ${status}`);
}
