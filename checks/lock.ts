// A lock file that `npm ci` accepts: every optional package of every platform has an entry. A registry that does not
// carry a platform lets npm leave the entry out in silence, and the next clean install refuses the lock file.
import { type Finding, listFiles, readText } from './tree.ts';

interface Entry {
  version?: string;
  cpu?: string[];
  dev?: boolean;
  libc?: string[];
  optional?: boolean;
  os?: string[];
  optionalDependencies?: Record<string, string>;
}

interface LockFile {
  packages: Record<string, Entry>;
}

const platforms = /android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32/;
const processors = /arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64|wasm32/;

/** Finds whether `package-lock.json` lacks packages of other platforms. */
export function checkLock(root: string): Finding[] {
  const path = 'package-lock.json';
  if (!listFiles(root).includes(path)) return [];
  const missing = listMissing(JSON.parse(readText(root, path) ?? '{}') as LockFile);
  if (missing.length === 0) return [];
  const names = missing.map(({ name }) => name);
  const message = `npm ci will refuse it, ${names.length} optional packages have no entry (${names[0]}, …): node checks/complete-lock.ts`;
  return [{ path, line: 1, rule: 'drift/lock', message }];
}

/** Adds the missing entries, with the exact versions their parents name. Throws when a name tells no platform. */
export function completeLock(text: string): string {
  const lock = JSON.parse(text) as LockFile;
  for (const { name, version, dev } of listMissing(lock)) {
    const os = platforms.exec(name)?.[0];
    const cpu = processors.exec(name)?.[0];
    if (!os || !cpu) throw new Error(`the name ${name} does not tell its platform: add its entry by hand`);
    const libc = /(musl|gnu)/.exec(name)?.[0]?.replace('gnu', 'glibc');
    const known = { ...(dev ? { dev } : {}), ...(libc ? { libc: [libc] } : {}) };
    lock.packages[`node_modules/${name}`] = { version, cpu: [cpu], ...known, optional: true, os: [os] };
  }
  const sorted = Object.entries(lock.packages).sort(([left], [right]) => left.localeCompare(right, 'en'));
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`;
}

function listMissing({ packages }: LockFile): { name: string; version: string; dev: boolean }[] {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isInstalled(packages, path, name))
      .map(([name, version]) => ({ name, version, dev: entry.dev === true })),
  );
}

/** Looks where Node looks: in the package's own node_modules, then in those of the folders above. */
function isInstalled(packages: Record<string, Entry>, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    if (packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}
