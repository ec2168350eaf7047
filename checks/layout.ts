// The shape of the house as data: which folders exist and what a module is made of.
// A new folder is a decision: add it here and to the layout in ARCHITECTURE.md in the same change.
import { moduleOrder } from './boundaries.ts';

const platformFolders = [
  'db',
  'queue',
  'cache',
  'blobs',
  'keys',
  'events',
  'http',
  'egress',
  'limits',
  'mail',
  'metrics',
  'embeddings',
  'detectors',
  'parsing',
  'text',
  'searching',
];

/** Allowed folders. `*` stands for one kebab-case name, `**` for anything below. */
export const allowedFolders: string[] = [
  '.',
  '.ci',
  '.github/**',
  'apps/server',
  'apps/server/src',
  'apps/server/src/commands',
  'apps/server/src/platform',
  ...platformFolders.map((name) => `apps/server/src/platform/${name}`),
  'apps/server/src/platform/db/embedded',
  'apps/server/src/platform/parsing/*',
  ...moduleOrder.flatMap((name) => [`apps/server/src/modules/${name}`, `apps/server/src/modules/${name}/*`]),
  'apps/server/migrations/platform',
  'apps/server/migrations/tenant',
  'apps/server/test',
  'apps/server/test/fakes',
  'apps/server/test/fakes/wires',
  'apps/server/test/fixtures/**',
  'apps/server/test/sweeps',
  'apps/dashboard',
  'apps/dashboard/public/**',
  'apps/dashboard/src',
  'apps/dashboard/src/ui',
  'apps/dashboard/src/features',
  ...moduleOrder.flatMap((name) => [
    `apps/dashboard/src/features/${name}`,
    `apps/dashboard/src/features/${name}/*`,
  ]),
  'apps/dashboard/test',
  'apps/cli',
  'apps/cli/bin',
  'apps/cli/src',
  'apps/cli/src/*',
  'packages/contract',
  'packages/contract/src',
  ...moduleOrder.map((name) => `packages/contract/src/${name}`),
  'packages/sdk',
  'packages/sdk/src',
  'checks',
  'bench/**',
  'proofs/**',
  'deploy/**',
  'docs',
  'docs/decisions',
  'docs/guides',
  'docs/images',
];

/** The only files that stand directly in `apps/server/src`; everything else is platform or a module. */
export const serverFiles = ['main.ts', 'app.ts', 'index.ts'];

/** Files that a module or a noun folder in it may hold, besides tests and one rule a file (`verb-noun.ts`). */
export const moduleFiles = [
  'README.md',
  'index.ts',
  'routes.ts',
  'store.ts',
  'tables.ts',
  'reactions.ts',
  'jobs.ts',
];

/** Above this many files of code a module splits into noun folders. */
export const moduleFileLimit = 12;

/** Turns one pattern of `allowedFolders` into a test of a folder's path. */
export function matchFolder(pattern: string): (folder: string) => boolean {
  if (pattern.endsWith('/**')) {
    const start = pattern.slice(0, -3);
    return (folder) => folder === start || folder.startsWith(`${start}/`);
  }
  const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[a-z][a-z0-9-]*')}$`);
  return (folder) => expression.test(folder);
}
