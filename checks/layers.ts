// The anatomy of the house: folders are where the layout says, every module has the same shape, files say why they exist.
// One who knows one module knows all of them; this check keeps that true.
import { basename, dirname } from 'node:path';
import { allowedFolders, matchFolder, moduleFileLimit, moduleFiles, serverFiles } from './layout.ts';
import { checkNames } from './names.ts';
import { checkProse } from './prose.ts';
import { checkStoreArguments } from './store-arguments.ts';
import { parseSource, type Source } from './syntax.ts';
import { countLines, type Finding, isCode, listFiles, readText } from './tree.ts';

const modulesFolder = 'apps/server/src/modules';
const readmeLimit = 40;
const indexLimit = 40;

/** Checks folders, the shape of modules, names, file headers and documentation of exported functions. */
export function checkLayers(root: string): Finding[] {
  const files = listFiles(root);
  const sources = files.filter(isCode).map((path) => parseSource(path, readText(root, path) ?? ''));
  return [
    ...checkFolders(files),
    ...checkServerFiles(files),
    ...checkMigrations(files, root),
    ...checkModules(files, root),
    ...checkNames(files, sources),
    ...sources.flatMap((source) => [
      ...checkProse(source),
      ...checkStoreArguments(source),
      ...checkIndex(source),
    ]),
  ];
}

function layers(path: string, rule: string, message: string): Finding {
  return { path, line: 1, rule: `layers/${rule}`, message };
}

function checkFolders(files: string[]): Finding[] {
  const matchers = allowedFolders.map(matchFolder);
  const firstFiles = new Map<string, string>();
  for (const path of files) if (!firstFiles.has(dirname(path))) firstFiles.set(dirname(path), path);
  return [...firstFiles].flatMap(([folder, path]) => {
    if (matchers.some((matches) => matches(folder))) return [];
    const message = `the layout has no folder ${folder}: put the file where it belongs, or add the folder to checks/layout.ts and ARCHITECTURE.md`;
    return [layers(path, 'folder', message)];
  });
}

function checkServerFiles(files: string[]): Finding[] {
  return files.flatMap((path) => {
    if (
      dirname(path) !== 'apps/server/src' ||
      serverFiles.includes(basename(path)) ||
      /\.test\.ts$/.test(path)
    ) {
      return [];
    }
    const message = `apps/server/src holds ${serverFiles.join(', ')} only: move this to platform/ or to its module`;
    return [layers(path, 'server-file', message)];
  });
}

function checkMigrations(files: string[], root: string): Finding[] {
  const seen = new Map<string, string>();
  return files.flatMap((path) => {
    const folder = dirname(path);
    if (dirname(folder) !== 'apps/server/migrations') return [];
    const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(basename(path))?.[1];
    if (!number)
      return [
        layers(path, 'migration', 'a migration is named 0001_what_it_makes.sql: four digits, snake_case'),
      ];
    const twin = seen.get(`${folder}/${number}`);
    seen.set(`${folder}/${number}`, path);
    if (twin) return [layers(path, 'migration', `${twin} has the same number: take the next free one`)];
    if (readText(root, path)?.startsWith('--')) return [];
    return [
      layers(
        path,
        'header',
        'open the migration with a -- line: why these tables exist and what they guarantee',
      ),
    ];
  });
}

function checkModules(files: string[], root: string): Finding[] {
  const folders = new Map<string, string[]>();
  for (const path of files) {
    const module = new RegExp(`^${modulesFolder}/([^/]+)/`).exec(path)?.[1];
    if (module) folders.set(module, [...(folders.get(module) ?? []), path]);
  }
  return [...folders].flatMap(([module, paths]) => checkModule({ module, paths, root }));
}

function checkModule({ module, paths, root }: { module: string; paths: string[]; root: string }): Finding[] {
  const home = `${modulesFolder}/${module}`;
  const findings = paths
    .filter((path) => !isModuleFile(basename(path)))
    .map((path) => layers(path, 'anatomy', anatomy));
  for (const required of ['README.md', 'index.ts']) {
    if (paths.includes(`${home}/${required}`)) continue;
    findings.push(
      layers(
        `${home}/${required}`,
        'anatomy',
        `the module ${module} has no ${required}: write it first, it is how people enter`,
      ),
    );
  }
  if (paths.includes(`${home}/README.md`)) {
    const lines = countLines(readText(root, `${home}/README.md`) ?? '');
    const message = `${lines} lines, at most ${readmeLimit}: say what the module owns, guarantees, announces and reacts to`;
    if (lines > readmeLimit)
      findings.push({ ...layers(`${home}/README.md`, 'readme', message), amount: lines });
  }
  return [...findings, ...checkSize(home, paths)];
}

const anatomy =
  `a module holds ${moduleFiles.join(', ')}, tests and one rule a file named verb-noun.ts: ` +
  'rename it for what it does, or move it to platform/ if it knows no product noun';

function isModuleFile(name: string): boolean {
  return (
    moduleFiles.includes(name) || /\.test\.ts$/.test(name) || /^[a-z][a-z0-9]*(-[a-z0-9]+)+\.ts$/.test(name)
  );
}

function checkSize(home: string, paths: string[]): Finding[] {
  const code = paths.filter((path) => isCode(path) && !/\.test\.ts$/.test(path));
  const folders = new Set(code.map(dirname));
  const crowded = [...folders].flatMap((folder) => {
    const count = code.filter((path) => dirname(path) === folder).length;
    if (count <= moduleFileLimit) return [];
    const message = `${count} files of code, at most ${moduleFileLimit}: split the folder into noun folders of the same shape`;
    return [{ ...layers(`${folder}/index.ts`, 'module-size', message), amount: count }];
  });
  const first = code.find((path) => dirname(path) !== home);
  if (!first || code.length > moduleFileLimit) return crowded;
  const message = `${code.length} files do not need folders: keep the module flat until it has more than ${moduleFileLimit}`;
  return [...crowded, layers(first, 'module-size', message)];
}

function checkIndex({ path, text }: Source): Finding[] {
  const lines = countLines(text);
  if (basename(path) !== 'index.ts' || lines <= indexLimit) return [];
  const message = `${lines} lines, at most ${indexLimit}: an index is a menu, one line a verb; the cooking is elsewhere`;
  return [{ ...layers(path, 'index-size', message), amount: lines }];
}
