// What knowledge needs of the rest of the house.
import type { Blobs } from '../../platform/blobs/index.ts';
import type { TenantCache } from '../../platform/cache/create-tenant-cache.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/create-database.ts';
import type { Embeddings } from '../../platform/embeddings/index.ts';
import type { Events } from '../../platform/events/create-events.ts';
import type { Log } from '../../platform/log.ts';
import type { Parsing } from '../../platform/parsing/index.ts';
import type { Queue } from '../../platform/queue/index.ts';
import type { Indexer, Scorer } from '../../platform/searching/index.ts';
import type { Gateway } from '../gateway/index.ts';
import type { Tenancy } from '../tenancy/index.ts';
import type { Searched } from './search/list-searched.ts';

/** The platform and the modules above. */
export type KnowledgeDeps = {
  db: Database;
  events: Events;
  clock: Clock;
  log: Log;
  blobs: Blobs;
  embeddings: Embeddings;
  queue: Queue;
  parsing: Parsing;
  tenancy: Tenancy;
  gateway: Gateway;
  /** Packs passages for searches. */
  indexer: Indexer;
  /** Scores passages. */
  scorer: Scorer;
  /** What searchers may see. */
  searched: TenantCache<Searched>;
};
