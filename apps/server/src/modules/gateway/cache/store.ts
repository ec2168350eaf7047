// Queries on the settings of caches. The answers themselves are never rows.
import type { Kysely, Selectable } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { GatewayTables } from '../tables.ts';

export type CacheRow = Selectable<GatewayTables['answer_caches']>;
export type CacheChange = Pick<
  CacheRow,
  'mode' | 'ttl_seconds' | 'cache_sampled' | 'similarity_threshold' | 'max_entries'
>;
export type CachePlace = { organizationId: string; workspaceId: string };

const on = (tx: TenantTx) => tx.$extendTables<GatewayTables>() as unknown as Kysely<GatewayTables>;

/** The settings of a workspace's cache. */
export async function findSettings(tx: TenantTx, at: CachePlace): Promise<CacheRow | undefined> {
  return on(tx)
    .selectFrom('answer_caches')
    .select([
      'organization_id',
      'workspace_id',
      'mode',
      'ttl_seconds',
      'cache_sampled',
      'similarity_threshold',
      'max_entries',
      'generation',
      'emptied_at',
      'updated_at',
    ])
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .executeTakeFirst();
}

/** Writes settings in the place of the ones before; what was cached under them is not found any more. */
export async function saveSettings(
  tx: TenantTx,
  at: CachePlace & { now: Date },
  change: CacheChange,
): Promise<void> {
  const { organizationId: organization_id, workspaceId: workspace_id, now: updated_at } = at;
  await on(tx)
    .insertInto('answer_caches')
    .values({ organization_id, workspace_id, ...change, updated_at })
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'workspace_id'])
        .doUpdateSet((e) => ({ ...change, updated_at, generation: e('answer_caches.generation', '+', 1) })),
    )
    .execute();
}

/** Moves the generation on: nothing that was cached is found any more. Without settings there is nothing to do. */
export async function moveGeneration(tx: TenantTx, at: CachePlace & { now: Date }): Promise<void> {
  await on(tx)
    .updateTable('answer_caches')
    .set((e) => ({ generation: e('generation', '+', 1), emptied_at: at.now }))
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .execute();
}
