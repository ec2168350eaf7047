// The embedded database: a whole PostgreSQL 18 with pgvector inside this process (PGlite, in a thread of its own), found by
// the ordinary `pg` driver at a Unix socket in a private folder. It needs nothing installed.
// Guarantees: what was committed survives a crash and kill -9 of this process. It does not promise to survive a power loss or
// a crash of the machine: PGlite never calls fsync, the last seconds may be lost and, rarely, the folder damaged. Whoever
// cannot live with that sets DATABASE_URL.
// All connections share one session: see refuse-session-state.ts for what that forbids. Statements run one at a time, a
// transaction keeps all others waiting, statement_timeout and cancel requests have no effect.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from './lock-folder.ts';
import type { Limits } from './serve-connection.ts';
import { startThread } from './start-thread.ts';

export interface Embedded {
  /** For `new pg.Pool(…)` or `new pg.Client(…)`. */
  connection: { host: string; port: number; user: 'postgres'; database: 'postgres' };
  /** Whether the database was made from the template at this start. */
  fromTemplate: boolean;
  /** Writes the whole database, as committed now, to a file that `template` can name. Waits for the open transaction. */
  dump(path: string): Promise<void>;
  /** Ends all connections, writes everything to the folder and gives it back. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** A folder (made if it does not exist), or 'memory'. */
  dataDir: string;
  /** A file written by `dump`, from which an empty database is made in a second instead of five; ignored if it does not exist. */
  template?: string;
  log: { info(facts: object, message: string): void; error(facts: object, message: string): void };
  /** Called when the database has ended by itself; every connection is broken then, and the process should end too. */
  onLost?: (error: Error) => void;
  limits?: Partial<Limits>;
}

const LIMITS: Limits = { maxMessageBytes: 32 * 1024 * 1024, idleInTransactionMs: 15_000 };
const PORT = 5432;

/** Starts the database; throws FolderInUse if another process has the folder. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const startedAt = performance.now();
  const { dataDir } = options;
  const inMemory = dataDir === 'memory';
  if (!inMemory) await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const unlock = inMemory ? () => {} : await lockFolder(dataDir);
  const host = await mkdtemp(join(tmpdir(), 'insula-')); // 0700: the socket has no password, its folder is the wall
  const cleanUp = async () => {
    await rm(host, { recursive: true, force: true });
    unlock();
  };
  try {
    const input = {
      folder: inMemory ? 'memory' : join(dataDir, 'postgres'),
      template: options.template,
      socketPath: join(host, `.s.PGSQL.${PORT}`),
      limits: { ...LIMITS, ...options.limits },
    };
    const thread = await startThread(input, (error) => {
      options.log.error({ err: error, dataDir }, 'the embedded database has ended');
      options.onLost?.(error);
    });
    const durationMs = Math.round(performance.now() - startedAt);
    options.log.info({ dataDir, fromTemplate: thread.fromTemplate, durationMs }, 'embedded database is up');
    const stop = async () => {
      try {
        await thread.stop();
      } finally {
        await cleanUp();
      }
    };
    let stopping: Promise<void> | undefined;
    return {
      connection: { host, port: PORT, user: 'postgres', database: 'postgres' },
      fromTemplate: thread.fromTemplate,
      dump: (path) => thread.order({ kind: 'dump', path }),
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}
