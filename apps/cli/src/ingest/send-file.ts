// One file of the folder: looked at, and sent where it is new or changed. The bytes that are compared are those that are sent.
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Account } from '../account/open-account.ts';
import type { Place, Standing } from './read-standing.ts';
import type { FoundFile } from './walk-folder.ts';

/** The longest file that is read into memory; the server has a limit of its own. */
const BYTES_MAX = 200_000_000;
const NAME_MAX = 500;

export type Outcome = 'new' | 'replaced' | 'unchanged' | 'same_as_another' | 'tried_again';
export type Sent = {
  outcome: Outcome;
  /** The document to wait for. */
  documentId?: string | undefined;
};
export type Sending = {
  account: Account;
  place: Place;
  isDry: boolean;
  /** The name of the folder, before each source. */
  label: string;
  byName: Map<string, Standing>;
  /** The hashes that the collection has, of versions that did not fail. */
  hashes: Set<string>;
};

/** Sends what is new or changed; throws with the reason in words. */
export async function sendFile(sending: Sending, file: FoundFile): Promise<Sent> {
  if (file.name.length > NAME_MAX)
    throw new Error(`Its path is longer than ${NAME_MAX} characters. Name a folder further in.`);
  const bytes = await readBytes(file);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const there = sending.byName.get(file.name);
  const source = `${sending.label}/${file.name}`;
  if (there && there.source !== source)
    throw new Error(
      `"${there.source}" has this name in the collection already. Give this folder another --collection.`,
    );
  if (there?.hash === hash) return keep(sending, there);
  if (!there && sending.hashes.has(hash)) return { outcome: 'same_as_another' };
  if (!sending.isDry) return upload(sending, { file, bytes, source, isNew: !there });
  sending.hashes.add(hash);
  return { outcome: there ? 'replaced' : 'new' };
}

/** The document has these bytes: one that failed is tried again, one under way is waited for. */
async function keep({ account, place, isDry }: Sending, there: Standing): Promise<Sent> {
  const documentId = there.id;
  if (there.status === 'ready') return { outcome: 'unchanged' };
  if (there.status !== 'failed' && there.status !== 'cancelled') return { outcome: 'unchanged', documentId };
  const { workspace_id } = place;
  if (!isDry) await account.insula.documents.retry({ workspace_id, document_id: documentId });
  return { outcome: 'tried_again', documentId };
}

async function readBytes({ path }: FoundFile): Promise<Buffer<ArrayBuffer>> {
  // What became a symbolic link since the folder was walked is not followed.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const { size } = await handle.stat();
    if (size > BYTES_MAX) throw new Error(`It is larger than ${BYTES_MAX / 1_000_000} MB.`);
    return (await handle.readFile()) as Buffer<ArrayBuffer>;
  } finally {
    await handle.close();
  }
}

type Upload = { file: FoundFile; bytes: Buffer<ArrayBuffer>; source: string; isNew: boolean };

async function upload({ account, place }: Sending, { file, bytes, source, isNew }: Upload): Promise<Sent> {
  const form = new FormData();
  form.set('collection_id', place.collection_id);
  form.set('external_id', file.name);
  form.set('source', source);
  form.set('file', new Blob([bytes]), basename(file.name));
  const answer = await account.insula.request(`/v1/workspaces/${place.workspace_id}/documents`, {
    method: 'POST',
    body: form,
    headers: { 'idempotency-key': randomUUID() },
  });
  const document = (await answer.json()) as { id: string; external_id: string | null; duplicate: boolean };
  if (!document.duplicate) return { outcome: isNew ? 'new' : 'replaced', documentId: document.id };
  const own = document.external_id === file.name;
  return { outcome: own ? 'unchanged' : 'same_as_another', documentId: document.id };
}
