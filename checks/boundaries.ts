// Who may import whom. The house stands because arrows point one way: a module knows the ones above it and nobody else.
// Reads real import statements; a broken rule is an error from the first commit on.
import { dirname, posix } from 'node:path';
import { checkPowers } from './powers.ts';
import { listImports, parseSource, type Source, visit } from './syntax.ts';
import { type Finding, isCode, isTest, listFiles, readText } from './tree.ts';

/** The modules of the product from top to bottom; each may call those before it. */
export const moduleOrder = [
  'tenancy',
  'identity',
  'billing',
  'governance',
  'gateway',
  'prompts',
  'knowledge',
  'agents',
  'insight',
];

const packageFolders: Record<string, string> = {
  '@insula/contract': 'packages/contract',
  '@insula/sdk': 'packages/sdk',
  '@insula/server': 'apps/server',
  '@insula/cli': 'apps/cli',
  '@insula/dashboard': 'apps/dashboard',
};

/** What each part of the repository may import besides itself and registry packages. */
const mayImport: Record<string, string[]> = {
  contract: [],
  sdk: ['contract'],
  cli: ['sdk', 'contract'],
  dashboard: ['sdk', 'contract'],
  platform: ['contract'],
  module: ['platform', 'contract'],
  app: ['platform', 'contract', 'module'],
  main: ['app', 'platform', 'contract'],
  'server test': ['app', 'platform', 'contract', 'sdk', 'cli', 'module', 'server test'],
  'client test': ['sdk', 'contract', 'server test'],
  'contract test': [],
  proofs: ['sdk', 'contract', 'server test'],
  bench: ['sdk', 'contract', 'server test'],
  checks: [],
  root: [],
};

interface Part {
  part: string;
  module?: string;
}

interface Mention {
  source: Source;
  specifier: string;
  /** Path inside the repository, or undefined for a package of the registry. */
  target: string | undefined;
}

/** Checks the import rule and the powers that only some files have (environment, queries, processes). */
export function checkBoundaries(root: string): Finding[] {
  const files = listFiles(root);
  const known = new Set(files);
  return files.filter(isCode).flatMap((path) => {
    const source = parseSource(path, readText(root, path) ?? '');
    if (source.broken) {
      return [
        { path, line: 1, rule: 'boundaries/unreadable', message: `not valid TypeScript: ${source.broken}` },
      ];
    }
    return [...checkImports(source, root, known), ...checkStarExports(source), ...checkPowers(source)];
  });
}

function checkImports(source: Source, root: string, known: Set<string>): Finding[] {
  return listImports(source).flatMap(({ specifier, line }) => {
    const found = (rule: string, message: string): Finding[] => [
      { path: source.path, line, rule: `boundaries/${rule}`, message },
    ];
    if (specifier === undefined) {
      if (isTest(source.path) || !/^(apps|packages)\//.test(source.path)) return [];
      return found(
        'computed-import',
        'an import computed at run time cannot be checked: write the path as a string',
      );
    }
    if (/^(\/|file:|#)/.test(specifier)) {
      return found('import-spelling', `"${specifier}": import files relatively and packages by their name`);
    }
    const mention: Mention = { source, specifier, target: resolveSpecifier(source.path, specifier) };
    const subpath = checkPackageName(mention, root, known);
    if (subpath) return found('package-name', subpath);
    const direction = checkDirection(mention);
    return direction ? found('direction', direction) : [];
  });
}

function resolveSpecifier(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(dirname(path), specifier.replace(/\?.*$/, ''));
  const name = specifier.split('/').slice(0, 2).join('/');
  const folder = packageFolders[name];
  if (folder) return `${folder}/src/index.ts`;
  return name.startsWith('@insula/') ? `unknown/${name}` : undefined;
}

function checkPackageName({ source, specifier, target }: Mention, root: string, known: Set<string>) {
  if (target === undefined) return undefined;
  const home = packageOf(source.path);
  if (specifier.startsWith('@insula/')) {
    const folder = packageOf(target);
    if (folder === undefined) return `there is no package ${specifier} here`;
    if (folder === home) return `${specifier} is this very package: import its files relatively`;
    const inside = specifier.split('/').slice(2).join('/');
    const offered = exportsOf(root, folder, known);
    if (inside === '' || offered.some((one) => posix.matchesGlob(`./${inside}`, one))) return undefined;
    return `${specifier} reaches into a package: import from its name, or add the path to "exports" of ${folder}/package.json`;
  }
  const away = packageOf(target);
  if (away === home || partOf(target).part === 'server test') return undefined;
  if (away === undefined) return undefined;
  const name = Object.keys(packageFolders).find((key) => packageFolders[key] === away) ?? away;
  return `"${specifier}" climbs into another package: import it as ${name}`;
}

function packageOf(path: string): string | undefined {
  return /^(apps|packages)\/[^/]+(?=\/)/.exec(path)?.[0];
}

function exportsOf(root: string, folder: string, known: Set<string>): string[] {
  const manifest = `${folder}/package.json`;
  if (!known.has(manifest)) return [];
  const { exports } = JSON.parse(readText(root, manifest) ?? '{}') as { exports?: Record<string, unknown> };
  return Object.keys(exports ?? {});
}

function partOf(path: string): Part {
  const module = /^apps\/server\/src\/modules\/([^/]+)\//.exec(path)?.[1];
  if (module) return { part: 'module', module };
  if (path.startsWith('packages/')) return { part: path.split('/')[1] ?? 'root' };
  if (path.startsWith('apps/server/src/platform/')) return { part: 'platform' };
  if (path.startsWith('apps/server/test/')) return { part: 'server test' };
  if (path === 'apps/server/src/app.ts') return { part: 'app' };
  if (path.startsWith('apps/server/')) return { part: 'main' };
  const [top, second] = path.split('/');
  if (top === 'apps') return { part: second ?? 'root' };
  return { part: top !== undefined && top in mayImport ? top : 'root' };
}

/** A test may see more than the code beside it. */
function rightsOf(path: string, own: Part): string {
  if (!/\.test\.tsx?$/.test(path)) return own.part;
  if (own.part === 'contract') return 'contract test';
  if (['sdk', 'cli', 'dashboard'].includes(own.part)) return 'client test';
  return ['platform', 'module', 'app', 'main'].includes(own.part) ? 'server test' : own.part;
}

function checkDirection({ source, specifier, target }: Mention): string | undefined {
  if (target === undefined) return undefined;
  const from = partOf(source.path);
  const to = partOf(target);
  const rights = rightsOf(source.path, from);
  if (from.part === to.part && from.module === to.module) return undefined;
  if (to.module !== undefined) return checkModule({ from, to, rights, target, specifier });
  if (mayImport[rights]?.includes(to.part)) return undefined;
  const allowed = ['its own files', ...(mayImport[rights] ?? [])].join(', ');
  return `${from.module ?? from.part} may not import ${to.part} ("${specifier}"): it may import ${allowed}`;
}

interface ModuleMention {
  from: Part;
  to: Part;
  rights: string;
  target: string;
  specifier: string;
}

function checkModule({ from, to, rights, target, specifier }: ModuleMention): string | undefined {
  const module = to.module ?? '';
  if (rights !== 'module' && !mayImport[rights]?.includes('module')) {
    return `${from.part} may not import the module ${module}: only app.ts sees modules; let it pass in what is needed`;
  }
  if (rights === 'module' && moduleOrder.indexOf(module) >= moduleOrder.indexOf(from.module ?? '')) {
    return `${from.module} may not call ${module}, which stands below it: announce an event and react to it in ${module}, or let app.ts pass the function in`;
  }
  if (target === `apps/server/src/modules/${module}/index.ts`) return undefined;
  return `"${specifier}" reaches inside ${module}: a module is reached through its index.ts, so offer it there`;
}

function checkStarExports(source: Source): Finding[] {
  const findings: Finding[] = [];
  visit(source.program, (node) => {
    if (node.type !== 'ExportAllDeclaration' || node.exported) return;
    const message = 'export * hides what a file offers: list the names, or export * as one name';
    findings.push({
      path: source.path,
      line: source.lineAt(node.start),
      rule: 'boundaries/star-export',
      message,
    });
  });
  return findings;
}
