// What tenancy needs of the rest of the program.
import type { Blobs } from '../../platform/blobs/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/create-database.ts';
import type { Events } from '../../platform/events/create-events.ts';
import type { Secrets } from '../../platform/keys/create-secrets.ts';
import type { Signer } from '../../platform/keys/index.ts';
import type { Log } from '../../platform/log.ts';
import type { Directory } from './directory/create-directory.ts';

export type TenancyDeps = {
  db: Database;
  events: Events;
  secrets: Secrets;
  clock: Clock;
  log: Log;
  directory: Directory;
  /** Signs certificates of deletion. */
  signer: Signer;
  /** Stored files, where there are any: those of a deleted organization go with it. */
  blobs?: Blobs;
};
