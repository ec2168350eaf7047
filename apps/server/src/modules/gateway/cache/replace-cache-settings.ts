// Setting up the cache of a workspace, and emptying it. Both move its generation on, so that nothing from before is found.
import type { cacheSettings } from '@insula/contract/answer-cache';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import type { AnswerCache } from './create-answer-cache.ts';
import {
  type CacheChange,
  type CachePlace,
  type CacheRow,
  findSettings,
  moveGeneration,
  saveSettings,
} from './store.ts';

export type CacheSettings = z.infer<typeof cacheSettings>;
type CacheDeps = GatewayDeps & { answerCache: AnswerCache };

const OFF: CacheChange = {
  mode: 'off',
  ttl_seconds: 3_600,
  cache_sampled: false,
  similarity_threshold: 0.95,
  max_entries: 1_000,
};

/** The settings of a workspace's cache; off when none were made. */
export async function getCacheSettings(
  deps: CacheDeps,
  actor: Actor,
  workspaceId: string,
): Promise<CacheSettings> {
  const at = { organizationId: actor.organization_id, workspaceId };
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, at);
    return presentSettings(at, await findSettings(tx, at));
  });
}

/** Replaces the settings and announces `cache.changed`; the cache is empty afterwards. */
export async function replaceCacheSettings(
  deps: CacheDeps,
  actor: Actor,
  { workspaceId, settings }: { workspaceId: string; settings: CacheChange },
): Promise<CacheSettings> {
  return changeCache(deps, actor, {
    workspaceId,
    type: 'cache.changed',
    details: settings,
    write: (tx, at) => saveSettings(tx, at, settings),
  });
}

/** Empties the cache and announces `cache.emptied`. */
export async function emptyCache(deps: CacheDeps, actor: Actor, workspaceId: string): Promise<CacheSettings> {
  return changeCache(deps, actor, { workspaceId, type: 'cache.emptied', details: {}, write: moveGeneration });
}

type Change = {
  workspaceId: string;
  type: string;
  details: Record<string, unknown>;
  write(tx: TenantTx, at: CachePlace & { now: Date }): Promise<void>;
};

async function changeCache(deps: CacheDeps, actor: Actor, change: Change): Promise<CacheSettings> {
  const { workspaceId, type, details, write } = change;
  const at = { organizationId: actor.organization_id, workspaceId, now: new Date(deps.clock.now()) };
  const { before, after } = await deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, at);
    const row = await findSettings(tx, at);
    await write(tx, at);
    await deps.events.announce(tx, actor, {
      type,
      subject_type: 'cache',
      subject_id: workspaceId,
      workspace_id: workspaceId,
      details,
    });
    return { before: row, after: await findSettings(tx, at) };
  });
  if (before) await deps.answerCache.clear({ ...at, generation: before.generation });
  return presentSettings(at, after);
}

function presentSettings({ workspaceId }: CachePlace, row: CacheRow | undefined): CacheSettings {
  const { mode, ttl_seconds, cache_sampled, similarity_threshold, max_entries } = row ?? OFF;
  return {
    workspace_id: workspaceId,
    ...{ mode, ttl_seconds, cache_sampled, similarity_threshold, max_entries },
    emptied_at: row?.emptied_at?.toISOString() ?? null,
    updated_at: row?.updated_at.toISOString() ?? null,
  };
}
