// A document comes in: a file or a text, kept once. The same bytes in the same collection are the document that is there; what
// comes under the name of another takes its place.
import { Readable } from 'node:stream';
import { documentProblem } from '@insula/contract/documents';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { StagedFile } from '../../../platform/http/read-form.ts';
import { newId } from '../../../platform/ids.ts';
import { requireCollection } from '../collections/require-collection.ts';
import { stageFile } from '../files/stage-file.ts';
import { claimBlob } from '../files/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { addVersion } from '../versions/add-version.ts';
import { documentsAllowed } from './documents-allowed.ts';
import { type Document, presentDocument } from './present-document.ts';
import {
  changeCount,
  type FullRow,
  findDocument,
  findNamed,
  findSame,
  insertDocument,
  lockCount,
  updateDocument,
} from './store.ts';

export type Given = {
  title?: string | undefined;
  content?: string | undefined;
  content_type?: string | undefined;
  source?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
};
export type NewDocument = Given & {
  workspace_id: string;
  collection_id?: string | undefined;
  external_id?: string | undefined;
  source_kind?: 'upload' | 'text' | 'url' | 's3' | 'import' | undefined;
};
export type AddedDocument = Document & { duplicate: boolean };

const EXTENSIONS: Record<string, string> = {
  'text/plain': 'txt',
  'text/html': 'html',
  'application/json': 'json',
  'text/csv': 'csv',
};

/** Takes a file (`file`) or a text (`input.content`) and announces `document.created`, or `document.replaced` where the name was taken. */
export async function createDocument(
  deps: KnowledgeDeps,
  actor: Actor,
  { input, file }: { input: NewDocument; file: StagedFile | undefined },
): Promise<AddedDocument> {
  const { plan_tier } = await deps.tenancy.directory.getEntry(actor.organization_id);
  const limit = documentsAllowed(plan_tier);
  const staged = await stageContent(deps, actor, { input, file });
  const added = await deps.db.as(actor, async (tx) => {
    const { workspace_id: workspaceId, external_id: externalId } = input;
    const place = { organizationId: actor.organization_id, workspaceId };
    const collection = await requireCollection(tx, actor, {
      workspaceId,
      collectionId: input.collection_id,
      forWriting: true,
    });
    // From here on, uploads into this workspace come one after the other: the same bytes are not stored twice.
    const count = await lockCount(tx, place);
    if (count === undefined) throw documentProblem('document_not_found');
    const at = { ...place, collectionId: collection.id };
    const same = await findSame(tx, { ...at, hash: staged.hash });
    const named = externalId === undefined ? undefined : await findNamed(tx, { ...at, externalId });
    if (same && (!named || named.id === same.id)) return { row: same, duplicate: true };
    if (named)
      return { row: await replace(deps, tx, { actor, row: named, input, staged }), duplicate: false };
    if (count >= limit) throw documentProblem('too_many_documents', { limit });
    await changeCount(tx, place, 1);
    return {
      row: await insert(deps, tx, { actor, input, staged, collectionId: collection.id }),
      duplicate: false,
    };
  });
  return { ...presentDocument(added.row), duplicate: added.duplicate };
}

/** Keeps the content, if it is not kept yet; throws unless there is exactly one. */
export async function stageContent(
  deps: KnowledgeDeps,
  actor: Actor,
  { input, file }: { input: Given; file: StagedFile | undefined },
): Promise<StagedFile> {
  if (file && input.content !== undefined) throw documentProblem('document_content_twice');
  if (file) return file;
  if (input.content === undefined) throw documentProblem('document_content_missing');
  const type = input.content_type ?? 'text/markdown';
  const name = `${(input.title ?? 'text').replace(/[\\/\0]/g, '-').slice(0, 200)}.${EXTENSIONS[type] ?? 'md'}`;
  const content = Readable.from([Buffer.from(input.content, 'utf8')]);
  return stageFile(deps, actor.organization_id, { name, type, content });
}

type Arrival = { actor: Actor; input: Given; staged: StagedFile };

async function insert(
  deps: KnowledgeDeps,
  tx: TenantTx,
  arrival: Arrival & { input: NewDocument; collectionId: string },
): Promise<FullRow> {
  const { actor, input, staged } = arrival;
  const id = newId(deps.clock.now());
  const title = input.title ?? (staged.name.replace(/\.[A-Za-z0-9]{1,8}$/, '') || staged.name);
  await insertDocument(tx, {
    organization_id: actor.organization_id,
    id,
    workspace_id: input.workspace_id,
    collection_id: arrival.collectionId,
    title,
    source: input.source ?? staged.name,
    source_kind: input.source_kind ?? (input.content === undefined ? 'upload' : 'text'),
    external_id: input.external_id ?? null,
    metadata: input.metadata ?? {},
    latest_version: 1,
    created_by: actor.id,
  });
  const at = { documentId: id, workspaceId: input.workspace_id, version: 1 };
  return take(deps, tx, { ...arrival, at, event: 'document.created' });
}

/** Gives a document that is held by the transaction a further version, and announces `document.replaced`. */
export async function replace(
  deps: KnowledgeDeps,
  tx: TenantTx,
  arrival: Arrival & { row: FullRow },
): Promise<FullRow> {
  const { actor, row, input } = arrival;
  const { title, source, metadata } = input;
  await updateDocument(
    tx,
    { organizationId: actor.organization_id, documentId: row.id },
    {
      ...(title === undefined ? {} : { title }),
      ...(source === undefined ? {} : { source }),
      ...(metadata === undefined ? {} : { metadata }),
    },
  );
  const at = { documentId: row.id, workspaceId: row.workspace_id, version: row.latest_version + 1 };
  return take(deps, tx, { ...arrival, at, event: 'document.replaced' });
}

type Taking = Arrival & {
  at: { documentId: string; workspaceId: string; version: number };
  event: 'document.created' | 'document.replaced';
};

/** Announces, claims the file, and tells of the work: last, because telling locks. */
async function take(
  deps: KnowledgeDeps,
  tx: TenantTx,
  { actor, staged, at, event }: Taking,
): Promise<FullRow> {
  const { organization_id: organizationId } = actor;
  const { documentId, version, workspaceId } = at;
  if (!(await claimBlob(tx, organizationId, staged.id)))
    throw new Error('The file was cleared away before its document was made.');
  await deps.events.announce(tx, actor, {
    type: event,
    subject_type: 'document',
    subject_id: documentId,
    workspace_id: workspaceId,
    details: { version, file_name: staged.name, bytes: staged.bytes, sha256: staged.hash.toString('hex') },
  });
  const row = {
    workspace_id: workspaceId,
    file_name: staged.name,
    blob_id: staged.id,
    content_type: staged.type,
    bytes: staged.bytes,
    content_hash: staged.hash,
    created_by: actor.id,
  };
  await addVersion(deps, tx, { at: { organizationId, documentId, version }, row });
  return (await findDocument(tx, { organizationId, documentId }))!;
}
