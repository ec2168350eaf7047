// Work that one server at a time should do: the leader holds a lock of the database's, which a killed leader cannot keep.
import pg from 'pg';
import type { Cluster } from './clusters.ts';

/** Runs `work` if no other server is at work of that name, and says whether it ran. The lock lives as long as its connection. */
export async function leadWork(
  cluster: Pick<Cluster, 'appConnection'>,
  name: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const client = new pg.Client({
    ...cluster.appConnection,
    application_name: 'insula-leader',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // Losing the connection loses the lock: another server may begin, and all such work must bear that.
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ mine: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as mine',
      [`lead ${name}`],
    );
    if (!rows[0]?.mine) return false;
    try {
      await work();
    } finally {
      await client
        .query('select pg_advisory_unlock(hashtextextended($1, 0))', [`lead ${name}`])
        .catch(() => {});
    }
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}
