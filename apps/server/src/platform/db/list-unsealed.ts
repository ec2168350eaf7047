// Which organizations of a cluster have events that wait to be sealed, whatever schema they live in: one question instead
// of one per organization.
import type pg from 'pg';
import type { Cluster } from './clusters.ts';

/** Ids of at most 10,000 organizations with unsealed events. Takes on the platform's role for the one query. */
export async function listUnsealed(cluster: Pick<Cluster, 'app'>): Promise<string[]> {
  const client = await cluster.app.connect();
  try {
    const answers = (await client.query(
      'begin; set local role insula_platform; select organization_id from platform.unsealed_organizations() as organization_id; commit',
    )) as unknown as pg.QueryResult<{ organization_id: string }>[];
    client.release();
    return (answers[2]?.rows ?? []).map((row) => row.organization_id);
  } catch (error) {
    client.release(true);
    throw error;
  }
}
