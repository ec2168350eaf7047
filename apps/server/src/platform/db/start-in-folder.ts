// The embedded database of a server, in its data folder. Apart from the rest, so that it can come up while that is being loaded.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { type Embedded, startEmbedded } from './embedded/start-embedded.ts';

export type FolderOptions = {
  config: Config;
  log: Log;
  template?: string;
  /** Keeps the database in memory only, for tests. */
  inMemory?: boolean;
  /** Called when the database has ended by itself. */
  onLost?: (error: Error) => void;
};

/** Starts it; throws FolderInUse if another process has the folder. */
export async function startInFolder(options: FolderOptions): Promise<Embedded> {
  const { DATA_DIR } = options.config.settings;
  if (!options.inMemory) mkdirSync(DATA_DIR, { recursive: true, mode: 0o700 });
  return startEmbedded({
    dataDir: options.inMemory ? 'memory' : join(DATA_DIR, 'database'),
    log: options.log,
    ...(options.template ? { template: options.template } : {}),
    ...(options.onLost ? { onLost: options.onLost } : {}),
  });
}
