// What the collection has already, so that only what is new or changed is sent, and only what came from this folder is removed.
import { pages } from '@insula/sdk';
import type { Account } from '../account/open-account.ts';
import { isId } from '../endpoints/resolve-id.ts';
import { UsageError } from '../terminal/shell.ts';

export type Place = { workspace_id: string; collection_id: string };
export type Standing = {
  id: string;
  name: string | null;
  source: string;
  hash: string;
  status: string;
};

/** The collection of that slug or id in the workspace; its default one when none is named. Throws a UsageError without it. */
export async function findCollection(
  { insula }: Account,
  workspace_id: string,
  named: string | undefined,
): Promise<Place> {
  if (named !== undefined && isId(named)) return { workspace_id, collection_id: named };
  for await (const one of pages(insula.collections.list, { workspace_id, limit: 100 })) {
    if (one.shared_from !== null) continue;
    if (named === undefined ? one.is_default : one.slug === named)
      return { workspace_id, collection_id: one.id };
  }
  throw new UsageError(
    `There is no collection "${named ?? 'default'}" in sight. Make it: insula collection create --name …`,
  );
}

/** Every document of the collection, newest versions. */
export async function readStanding({ insula }: Account, place: Place): Promise<Standing[]> {
  const rows: Standing[] = [];
  for await (const one of pages(insula.documents.list, { ...place, limit: 100 }))
    rows.push({
      id: one.id,
      name: one.external_id,
      source: one.source,
      hash: one.content_hash,
      status: one.status,
    });
  return rows;
}
