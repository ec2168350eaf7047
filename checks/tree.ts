// The files that the checks look at: what git tracks or would track, or, outside a repository, every file of a folder.
// Nothing that is ignored (node_modules, data, caches) is ever read.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One broken rule at one place. `name` is the function or export it is about, `amount` the size that a budget measured. */
export interface Finding {
  path: string;
  line: number;
  rule: string;
  message: string;
  name?: string;
  amount?: number;
}

const ignoredFolders = new Set(['.git', 'node_modules', 'data', 'coverage', '.cache', '.peers']);

/** Lists the files below `root` as sorted paths with forward slashes, relative to it. */
export function listFiles(root: string): string[] {
  const paths = existsSync(join(root, '.git')) ? listWithGit(root) : listFolder(root, '');
  return paths.sort();
}

function listWithGit(root: string): string[] {
  const argumentsOfGit = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listing = execFileSync('git', argumentsOfGit, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
  const paths = new Set(listing.split('\0').filter((path) => path !== ''));
  return [...paths].filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
}

function listFolder(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ignoredFolders.has(entry.name) ? [] : listFolder(root, path);
    return [path];
  });
}

/** Reads one file of the tree as text, or undefined when it is binary (it holds a zero byte). */
export function readText(root: string, path: string): string | undefined {
  const text = readFileSync(join(root, path), 'utf8');
  return text.includes('\0') ? undefined : text;
}

/** Tells whether a path is a program in TypeScript or JavaScript, declarations aside. */
export function isCode(path: string): boolean {
  return /\.(ts|tsx|mts|js|mjs|cjs)$/.test(path) && !path.endsWith('.d.ts');
}

/** Tells whether a path holds tests or serves only them. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /^apps\/[^/]+\/test\//.test(path);
}

/** Counts lines as an editor does: the newline at the end does not open another one. */
export function countLines(text: string): number {
  if (text === '') return 0;
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
