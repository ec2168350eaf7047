// Documents that came from this folder and whose file is gone. A file that is only hidden by a filter, or cannot be read, is not gone.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from '../account/open-account.ts';
import { askLine } from '../terminal/ask.ts';
import { type Shell, UsageError } from '../terminal/shell.ts';
import { passWhenRemoved } from './await-documents.ts';
import { inParallel } from './in-parallel.ts';
import type { Place, Standing } from './read-standing.ts';
import type { Folder } from './walk-folder.ts';

type Removal = { place: Place; missing: Standing[]; concurrency: number };

/** The documents of the folder whose file is not there any more. Throws when the folder has no files at all: it may not be mounted. */
export async function findMissing(folder: Folder, standing: Standing[]): Promise<Standing[]> {
  const found = new Set(folder.files.map(({ name }) => name));
  const missing: Standing[] = [];
  for (const one of standing) {
    if (one.name === null || one.source !== `${folder.label}/${one.name}` || found.has(one.name)) continue;
    if (await isGone(join(folder.path, one.name))) missing.push(one);
  }
  if (missing.length > 0 && folder.files.length === 0)
    throw new UsageError('No file was found in the folder, so nothing is removed. Is this the right folder?');
  return missing;
}

async function isGone(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR';
  }
}

/** Asks, unless that was answered with --yes; throws a UsageError when the answer is no. */
export async function confirmRemoval(shell: Shell, missing: Standing[]): Promise<void> {
  const shown = missing.slice(0, 10).map(({ name }) => JSON.stringify(name));
  if (missing.length > shown.length) shown.push(`${missing.length - shown.length} more`);
  const question = `Remove ${missing.length} documents whose files are gone (${shown.join(', ')})? [y/N] `;
  const answer = await askLine(shell, question, '--yes to remove documents without being asked');
  if (!/^y(es)?$/i.test(answer)) throw new UsageError('Nothing was removed or sent.');
}

/** Removes the documents. */
export function removeDocuments(
  { insula }: Account,
  { place, missing, concurrency }: Removal,
): Promise<void> {
  return inParallel(missing, concurrency, async ({ id }) => {
    const { workspace_id } = place;
    await insula.documents.remove({ workspace_id, document_id: id }).catch(passWhenRemoved);
  });
}
