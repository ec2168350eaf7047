// Every path, link, npm script and insula command that a document names must exist.
// Text with placeholders (<name>, *, …) is not a name and is left alone.
import { dirname, posix } from 'node:path';
import { type Finding, listFiles, readText } from './tree.ts';

interface Tree {
  paths: Set<string>;
  scripts: Set<string>;
  ignored: string[];
  commandText: string;
}

interface Line {
  path: string;
  line: number;
  text: string;
  fenced: boolean;
}

const topFolders = /^(apps|packages|checks|bench|proofs|deploy|docs|\.ci)\//;
const innerFolders = /^(platform|modules|migrations)\//;
const codeFile = /\.(tsx?|sql|md)$/;
const plainPath = /^[\w.@-]+(\/[\w.@-]+)*\/?$/;
const npmOwn = new Set([
  'ci',
  'install',
  'i',
  'run',
  'exec',
  'ls',
  'pkg',
  'create',
  'view',
  'install-scripts',
  'pack',
]);

/** Checks all Markdown files of the tree. */
export function checkMentions(root: string): Finding[] {
  const tree = readTree(root);
  return [...tree.paths]
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => readLines(path, readText(root, path) ?? ''))
    .flatMap((line) => [...checkLinks(line, tree), ...checkScripts(line, tree), ...checkPaths(line, tree)]);
}

function readTree(root: string): Tree {
  const files = listFiles(root);
  const paths = new Set(files);
  for (const file of files) {
    for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) paths.add(folder);
  }
  const scripts = files
    .filter((path) => /(^|\/)package\.json$/.test(path))
    .flatMap((path) => {
      const { scripts: own } = JSON.parse(readText(root, path) ?? '{}') as {
        scripts?: Record<string, string>;
      };
      return Object.keys(own ?? {});
    });
  const ignored = files.includes('.gitignore') ? (readText(root, '.gitignore') ?? '').split('\n') : [];
  const commands = files.filter((path) => /^(apps\/cli|packages\/contract)\/src\/.*\.ts$/.test(path));
  return {
    paths,
    scripts: new Set(scripts),
    ignored: ignored.map((one) => one.replace(/^\/|\/$/g, '')).filter((one) => one !== ''),
    commandText: commands.map((path) => readText(root, path)).join('\n'),
  };
}

function readLines(path: string, text: string): Line[] {
  let fenced = false;
  return text.split('\n').map((content, index) => {
    if (/^\s*(```|~~~)/.test(content)) fenced = !fenced;
    return { path, line: index + 1, text: content, fenced };
  });
}

function drift({ path, line }: Line, rule: string, message: string): Finding {
  return { path, line, rule: `drift/${rule}`, message };
}

function checkLinks(line: Line, tree: Tree): Finding[] {
  if (line.fenced) return [];
  const targets = [...line.text.matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map((match) => match[1] ?? '');
  return targets.flatMap((target) => {
    if (/^([a-z]+:|#)/i.test(target)) return [];
    const path = posix.join(dirname(line.path), decodeURI(target.replace(/[#?].*$/, ''))).replace(/\/$/, '');
    if (path === '.' || tree.paths.has(path)) return [];
    return [drift(line, 'link', `the link to "${target}" leads nowhere`)];
  });
}

/** What is written as code: all of a fenced line, or what stands between backticks. */
function codeOf(line: Line): string[] {
  if (line.fenced) return [line.text];
  return [...line.text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

function checkScripts(line: Line, tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const match of line.text.matchAll(/\bnpm (?:run )?([a-z][\w:-]*)/g)) {
    const name = match[1] ?? '';
    const own = !match[0].startsWith('npm run ') && npmOwn.has(name);
    const prose = !match[0].startsWith('npm run ') && !codeOf(line).some((code) => code.includes(match[0]));
    if (own || prose || tree.scripts.has(name)) continue;
    findings.push(drift(line, 'script', `"${match[0]}": package.json has no script "${name}"`));
  }
  for (const code of codeOf(line)) {
    const command = /^(?:\$ )?(?:npx )?(?:insula|npm run insula --) ([a-z][a-z-]*)/.exec(code.trim())?.[1];
    // Nouns of two words are written together in the contract: `prompt-label` is `promptLabels` there.
    const noun = command?.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (!command || new RegExp(`\\b(${command}|${noun}s?)\\b`).test(tree.commandText)) continue;
    findings.push(drift(line, 'command', `the command line has no "${command}" ("${code.trim()}")`));
  }
  return findings;
}

function checkPaths(line: Line, tree: Tree): Finding[] {
  return codeOf(line)
    .flatMap((code) => code.split(/[\s"'=,;()|]+/))
    .map((word) =>
      word
        .replace(/^\.\//, '')
        .replace(/(:\d+)+$/, '')
        .replace(/[.:]$/, ''),
    )
    .filter((word) => isPathLike(word, line.fenced) && !exists(word, line, tree))
    .map((word) =>
      drift(line, 'path', `there is no "${word}": name what is there, or take the sentence out`),
    );
}

function isPathLike(word: string, fenced: boolean): boolean {
  if (!plainPath.test(word)) return false;
  if (topFolders.test(word)) return true;
  if (fenced) return false;
  return innerFolders.test(word) || codeFile.test(word);
}

function exists(word: string, line: Line, tree: Tree): boolean {
  const path = word.replace(/\/$/, '');
  if (tree.ignored.some((one) => path === one || path.startsWith(`${one}/`))) return true;
  if (tree.paths.has(path) || tree.paths.has(posix.join(dirname(line.path), path))) return true;
  if (topFolders.test(word)) return false;
  return [...tree.paths].some((one) => one.endsWith(`/${path}`));
}
