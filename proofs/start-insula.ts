// Starts Insula as an operator does, for proofs that break it from outside: a process, a folder, an address.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Environment = Record<string, string>;
export type Insula = {
  url: string;
  child: ChildProcess;
  /** Everything the process said on standard error. */
  said(): string;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Asks it to finish and waits. */
  stop(): Promise<void>;
};

/** From the root of the repository, where npm runs scripts. */
const MAIN = 'apps/server/src/main.ts';
const READY_MS = 60_000;

/** Settings that every start of one installation shares. */
export function newInstallation(dataDir: string, databaseUrl: string | undefined): Environment {
  return {
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    LOCAL_DEV_MODE: 'true',
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    JWT_SECRET: randomBytes(48).toString('base64'),
    ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
  };
}

/** A port that is free now. */
export async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the process without waiting for it. */
export function launch(environment: Environment, port: number): Insula {
  const env = { PATH: process.env.PATH ?? '', ...environment, SERVER_PORT: String(port) };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr!.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-20_000);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    said: () => said,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

/** Starts Insula and waits until it answers; throws with what it said when it does not. */
export async function startInsula(environment: Environment, port: number): Promise<Insula> {
  const insula = launch(environment, port);
  const until = Date.now() + READY_MS;
  while (Date.now() < until && insula.child.exitCode === null) {
    const answer = await fetch(`${insula.url}/health`).catch(() => undefined);
    if (answer?.ok) return insula;
    await sleep(25);
  }
  await insula.kill();
  throw new Error(`Insula did not start: ${insula.said()}`);
}

/** Sends JSON and reads JSON; throws unless the answer is good. */
export async function call<T>(
  url: string,
  options: { token?: string; body?: unknown; method?: string; headers?: Record<string, string> } = {},
): Promise<T> {
  const { token, body, method = body === undefined ? 'GET' : 'POST' } = options;
  const answer = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}
