// A database connection that comes back by itself. Losing it is told at once, so that nobody waits for a dead one; every
// attempt and every pause between attempts is bounded.
import type pg from 'pg';
import type { Log } from '../../../platform/log.ts';

export type ConnectionOptions = {
  /** Opens a connection, which is ours from then on. */
  connect(): Promise<pg.Client>;
  /** Runs on each new connection before it is used. */
  prepare(client: pg.Client): Promise<unknown>;
  onUp(): void;
  /** The connection is gone; nothing sent on it will be answered. */
  onDown(): void;
  log: Pick<Log, 'warn'>;
};

export type KeptConnection = {
  client(): pg.Client | undefined;
  /** Gives a connection up (idempotent); a new one is sought. */
  lose(client: pg.Client, cause: unknown): void;
  stop(): Promise<void>;
};

const CONNECT_TIMEOUT_MS = 5_000;
const PAUSE_MIN_MS = 50;
const PAUSE_MAX_MS = 2_000;

/** Keeps one connection open until `stop`; between failed attempts it pauses from 50 ms, doubling, to 2 s. */
export function keepConnected(options: ConnectionOptions): KeptConnection {
  let current: pg.Client | undefined;
  let stopped = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  async function seek(): Promise<void> {
    try {
      const client = await openPrepared(options, lose);
      if (stopped) return discardClient(client);
      current = client;
      failures = 0;
      options.onUp();
    } catch (error) {
      if (failures === 0)
        options.log.warn({ cause: messageOf(error) }, 'the ledger has no database; it keeps trying');
      seekLater();
    }
  }

  function seekLater(): void {
    if (stopped) return;
    const pauseMs = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** failures++);
    timer = setTimeout(seek, pauseMs * (0.75 + Math.random() / 2));
  }

  function lose(client: pg.Client, cause: unknown): void {
    discardClient(client);
    if (client !== current) return;
    current = undefined;
    options.log.warn({ cause: messageOf(cause) }, 'the ledger lost its database connection');
    options.onDown();
    seekLater();
  }

  async function stop(): Promise<void> {
    stopped = true;
    clearTimeout(timer);
    const client = current;
    current = undefined;
    if (client) await closeClient(client);
  }

  void seek();
  return { client: () => current, lose, stop };
}

async function openPrepared(options: ConnectionOptions, lose: KeptConnection['lose']): Promise<pg.Client> {
  const client = await openClient(options.connect);
  client.on('error', (error) => lose(client, error));
  client.on('end', () => lose(client, new Error('The database closed the connection.')));
  try {
    await withinTime(options.prepare(client), CONNECT_TIMEOUT_MS, 'Preparing the connection');
    return client;
  } catch (error) {
    discardClient(client);
    throw error;
  }
}

/** Opens a connection or fails within five seconds; one that opens too late is closed. */
export async function openClient(connect: () => Promise<pg.Client>): Promise<pg.Client> {
  const opening = connect();
  return withinTime(opening, CONNECT_TIMEOUT_MS, 'Connecting').catch((error) => {
    opening.then(discardClient, () => {});
    throw error;
  });
}

/** Says goodbye to the database, but not for longer than a second. */
export async function closeClient(client: pg.Client): Promise<void> {
  await withinTime(client.end(), 1_000, 'Closing').catch(() => discardClient(client));
}

/** Closes the socket without asking: a connection in doubt must not be written to again. */
function discardClient(client: pg.Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

/** The promise's outcome, or a failure after `timeoutMs`. */
async function withinTime<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
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
