// A place for a new organization in a database cluster: the pooled schema everybody shares, or a schema and role of its own.
import type { Cluster } from '../../../platform/db/clusters.ts';
import { withOwner } from '../../../platform/db/owner.ts';
import { ensureSchema, type Placement, residenceOf, setResidence } from '../../../platform/db/residences.ts';

/** Makes the place and registers the organization there, so that the doors find it. */
export async function makePlace(
  cluster: Cluster,
  at: { organization_id: string; placement: string },
): Promise<void> {
  const residence = residenceOf(at.organization_id, at.placement as Placement);
  await ensureSchema(cluster, residence);
  await withOwner(cluster, (owner) =>
    owner.transact((tx) => setResidence(tx, at.organization_id, residence)),
  );
}
