// A database connection that comes back by itself. Losing it is told at once, so that nobody waits for a dead one; every
// attempt and every pause between attempts is bounded.
import type pg from 'pg';
import type { Log } from '../../../platform/log.ts';

export type ConnectionOptions = {
  /** Opens a connection; the caller of `keepConnected` owns it from then on. */
  connect(): Promise<pg.Client>;
  /** Runs on each new connection before it is used. */
  prepare(client: pg.Client): Promise<unknown>;
  onUp?(): void;
  /** The connection is gone; nothing sent on it will be answered. */
  onDown?(): void;
  log: Pick<Log, 'warn' | 'info'>;
  connectTimeoutMs?: number;
  backoffMaxMs?: number;
};

export type KeptConnection = {
  client(): pg.Client | undefined;
  /** Gives a connection up (idempotent); a new one is sought. */
  lose(client: pg.Client, cause: unknown): void;
  stop(): Promise<void>;
};

/** Keeps one connection open until `stop`, with pauses of 50 ms doubling to `backoffMaxMs` (2 s) between failed attempts. */
export function keepConnected(options: ConnectionOptions): KeptConnection {
  const { connectTimeoutMs = 5_000, backoffMaxMs = 2_000, log } = options;
  let current: pg.Client | undefined;
  let stopped = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  async function seek(): Promise<void> {
    let client: pg.Client | undefined;
    try {
      client = await openInTime(options.connect, connectTimeoutMs);
      const opened = client;
      client.on('error', (error) => lose(opened, error));
      client.on('end', () => lose(opened, new Error('The database closed the connection.')));
      await withinTime(options.prepare(client), connectTimeoutMs, 'Preparing the connection');
      if (stopped) return discard(client);
      current = client;
      failures = 0;
      options.onUp?.();
    } catch (error) {
      if (client) discard(client);
      if (failures === 0) log.warn({ cause: messageOf(error) }, 'the ledger has no database; it keeps trying');
      again();
    }
  }

  function again(): void {
    if (stopped) return;
    const pauseMs = Math.min(backoffMaxMs, 50 * 2 ** Math.min(failures++, 10)) * (0.75 + Math.random() / 2);
    timer = setTimeout(() => void seek(), pauseMs);
  }

  function lose(client: pg.Client, cause: unknown): void {
    discard(client);
    if (client !== current) return;
    current = undefined;
    if (!stopped) log.warn({ cause: messageOf(cause) }, 'the ledger lost its database connection');
    options.onDown?.();
    again();
  }

  async function stop(): Promise<void> {
    stopped = true;
    clearTimeout(timer);
    const client = current;
    current = undefined;
    if (client) await withinTime(client.end(), 1_000, 'Closing').catch(() => discard(client));
  }

  void seek();
  return { client: () => current, lose, stop };
}

/** Closes the socket without asking: a connection in doubt must not be written to again. */
function discard(client: pg.Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

async function openInTime(connect: () => Promise<pg.Client>, timeoutMs: number): Promise<pg.Client> {
  const opening = connect();
  return withinTime(opening, timeoutMs, 'Connecting').catch((error) => {
    opening.then(discard, () => {}); // one that opens too late would be nobody's
    throw error;
  });
}

/** The promise's outcome, or a failure after `timeoutMs`. */
export async function withinTime<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${timeoutMs} ms.`)), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What an unknown error says, for a log line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
