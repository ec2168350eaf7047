// One server at a time changes where an organization lives or whether it lives at all. The hold ends with the server that
// has it, so that another can finish what a killed one began.
import type { Database } from '../../platform/db/create-database.ts';
import { leadWork } from '../../platform/db/lead-work.ts';

const heldHere = new WeakMap<Database, Set<string>>();

/** Runs `work` alone on the organization; undefined when somebody else is at it. */
export async function holdOrganization<T>(
  db: Database,
  organizationId: string,
  work: () => Promise<T>,
): Promise<{ result: T } | undefined> {
  const held = heldHere.get(db) ?? new Set<string>();
  heldHere.set(db, held);
  if (held.has(organizationId)) return undefined;
  held.add(organizationId);
  try {
    return await holdAmongServers(db, organizationId, work);
  } finally {
    held.delete(organizationId);
  }
}

async function holdAmongServers<T>(
  db: Database,
  organizationId: string,
  work: () => Promise<T>,
): Promise<{ result: T } | undefined> {
  let done: { result: T } | undefined;
  let began = false;
  const run = async () => {
    began = true;
    done = { result: await work() };
  };
  try {
    await leadWork(db.clusters.get('main'), `life of ${organizationId}`, run);
  } catch (error) {
    // The embedded database has no such lock, and no other server either.
    if (began || (error as { code?: string }).code !== '0A000') throw error;
    await run();
  }
  return done;
}
