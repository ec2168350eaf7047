// PGlite runs no background processes. Without this nothing would ever checkpoint (the write-ahead log would grow without
// end, and with it the recovery after a crash), remove dead rows or renew the planner's statistics.
// Guarantees: at most one table is vacuumed at a time, between the turns of the connections.
import type { PGlite } from '@electric-sql/pglite';
import type { Session } from './share-session.ts';

const EVERY_MS = 30_000;
const CHECKPOINT_ABOVE_BYTES = 64 * 1024 * 1024;

/** PostgreSQL's own thresholds of autovacuum: 50 rows and a fifth of the table dead, or a tenth changed or inserted. */
const NEEDS_CARE = `
  select format('%I.%I', schemaname, relname) as table_name
  from pg_stat_user_tables
  where n_dead_tup > 50 + 0.2 * n_live_tup or n_mod_since_analyze > 50 + 0.1 * n_live_tup
  order by n_dead_tup desc limit 20`;

const LOG_BYTES =
  'select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 as bytes from pg_control_checkpoint()';

/** Looks after the database every 30 s until the function returned is called. What fails is tried again the next time. */
export function tendDatabase(db: PGlite, session: Session): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout;
  const wait = () => {
    if (stopped) return;
    timer = setTimeout(() => tend().then(wait, wait), EVERY_MS);
  };

  async function tend() {
    for (const table of await tendOnce(db, session)) {
      if (stopped) return;
      await borrow(session, () => db.exec(`vacuum (analyze) ${table}`));
    }
  }

  wait();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** Checkpoints if the log has grown over a size, and returns the tables that need a vacuum, quoted. */
export async function tendOnce(
  db: PGlite,
  session: Session,
  checkpointAboveBytes = CHECKPOINT_ABOVE_BYTES,
): Promise<string[]> {
  return borrow(session, async () => {
    const log = await db.query<{ bytes: number }>(LOG_BYTES);
    if (log.rows[0]!.bytes > checkpointAboveBytes) await db.exec('checkpoint');
    const tables = await db.query<{ table_name: string }>(NEEDS_CARE);
    return tables.rows.map((row) => row.table_name);
  });
}

/** PGlite's own queries replace the unnamed statement that a connection may have left in the session. */
function borrow<T>(session: Session, work: () => Promise<T>): Promise<T> {
  return session.hold(() => {
    session.unnamedOwner = undefined;
    return work();
  });
}
