// When keys and sessions were used last: noted in memory on the way in, at most once a minute each, and written in batches
// off the path of any request. Losing a note costs at most a minute of truth.

import { systemActor } from '../../../platform/actor.ts';
import { createLru } from '../../../platform/cache/create-lru.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import { NoSuchOrganization } from '../../../platform/db/door.ts';
import type { Log } from '../../../platform/log.ts';
import { writeUses } from './store.ts';

const NOTE_EVERY_MS = 60_000;
const WRITE_EVERY_MS = 2_000;
const BATCH = 500;

export type UseNotes = ReturnType<typeof createUseNotes>;
type Pending = { keys: Set<string>; sessions: Set<string> };
type Deps = { db: Database; clock: Clock; log: Log };

/** Collects uses; `start` writes them every two seconds, `stop` writes what is left. */
export function createUseNotes(deps: Deps) {
  const noted = createLru<number>(200_000);
  let pending = new Map<string, Pending>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function note(kind: keyof Pending, organizationId: string, id: string): void {
    const now = deps.clock.now();
    const last = noted.get(id);
    if (last !== undefined && now - last < NOTE_EVERY_MS) return;
    noted.set(id, now);
    const uses = pending.get(organizationId) ?? { keys: new Set(), sessions: new Set() };
    pending.set(organizationId, uses);
    uses[kind].add(id);
  }

  /** Writes what is pending now. */
  function flush(): Promise<void> {
    const batch = pending;
    pending = new Map();
    writing = writing.then(() => writeAll(deps, batch));
    return writing;
  }

  return {
    /** Notes a use; costs a look into a map. */
    note,
    /** When this server last noted a use, in milliseconds since the epoch. */
    lastNoted: (id: string) => noted.get(id),
    flush,
    async start() {
      timer = setInterval(() => void flush(), WRITE_EVERY_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}

async function writeAll(deps: Deps, batch: Map<string, Pending>): Promise<void> {
  const at = new Date(deps.clock.now());
  for (const [organizationId, uses] of batch) {
    try {
      await writeOne(deps, { organizationId, uses, at });
    } catch (error) {
      if (error instanceof NoSuchOrganization) continue;
      deps.log.warn({ error: (error as Error).message }, 'could not write down when credentials were used');
    }
  }
}

async function writeOne(deps: Deps, of: { organizationId: string; uses: Pending; at: Date }): Promise<void> {
  const { organizationId, at } = of;
  const keys = [...of.uses.keys];
  const sessions = [...of.uses.sessions];
  for (let from = 0; from < Math.max(keys.length, sessions.length); from += BATCH) {
    const part = { keys: keys.slice(from, from + BATCH), sessions: sessions.slice(from, from + BATCH) };
    await deps.db.as(systemActor(organizationId), (tx) => writeUses(tx, { organizationId, ...part, at }));
  }
}
