// The files of a folder that are wanted. Symbolic links are not followed, so nothing outside of the folder is ever read;
// hidden files, lock files of offices and node_modules are passed over.
import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, join, matchesGlob } from 'node:path';
import { UsageError } from '../terminal/shell.ts';

const FILES_MAX = 100_000;
const DEPTH_MAX = 40;

export type FoundFile = {
  /** Where it lies on this machine. */
  path: string;
  /** From the folder on, with `/`, as Unicode NFC: its name as a document. */
  name: string;
  bytes: number;
};
export type Folder = {
  /** Without symbolic links. */
  path: string;
  label: string;
  files: FoundFile[];
  /** Symbolic links, empty files, and what is neither file nor folder. */
  skipped: number;
  failures: { file: string; reason: string }[];
};
export type Filters = { include: string[]; exclude: string[] };

/** Finds at most 100,000 files, 40 folders deep, in the order of their names; a folder that cannot be read is a failure of its own. */
export async function walkFolder(directory: string, filters: Filters): Promise<Folder> {
  const path = await realpath(directory).catch(() => '');
  if (path === '' || !(await lstat(path)).isDirectory())
    throw new UsageError(`${directory} is not a folder that can be read.`);
  const folder: Folder = { path, label: basename(path) || 'files', files: [], skipped: 0, failures: [] };
  await walk(folder, filters, { inside: '', depth: 0 });
  return folder;
}

type At = { inside: string; depth: number };

async function walk(folder: Folder, filters: Filters, { inside, depth }: At): Promise<void> {
  const entries = await readdir(join(folder.path, inside), { withFileTypes: true }).catch((error: Error) => {
    folder.failures.push({ file: inside || '.', reason: `The folder cannot be read: ${error.message}` });
    return [] as Dirent[];
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    if (name.startsWith('.') || name.startsWith('~$') || name === 'node_modules') continue;
    const within = inside === '' ? name : `${inside}/${name}`;
    if (matchesAny(within, filters.exclude)) continue;
    if (entry.isDirectory()) {
      if (depth < DEPTH_MAX) await walk(folder, filters, { inside: within, depth: depth + 1 });
      else folder.failures.push({ file: within, reason: `It is more than ${DEPTH_MAX} folders deep.` });
    } else if (!entry.isFile()) folder.skipped++;
    else if (filters.include.length === 0 || matchesAny(within, filters.include)) await take(folder, within);
  }
}

async function take(folder: Folder, within: string): Promise<void> {
  const path = join(folder.path, within);
  try {
    const { size } = await lstat(path);
    if (size === 0) folder.skipped++;
    else folder.files.push({ path, name: within.normalize('NFC').trim(), bytes: size });
  } catch (error) {
    folder.failures.push({ file: within, reason: `It cannot be read: ${(error as Error).message}` });
  }
  if (folder.files.length > FILES_MAX)
    throw new UsageError(`There are more than ${FILES_MAX} files. Name a smaller folder, or use --include.`);
}

/** A pattern without `/` is for the name alone, at any depth; case does not matter. */
function matchesAny(within: string, patterns: string[]): boolean {
  return patterns.some((pattern) => {
    const glob = pattern.replace(/^\.?\//, '').replace(/\/$/, '');
    const text = glob.includes('/') ? within : basename(within);
    return matchesGlob(text.toLowerCase(), glob.toLowerCase());
  });
}
