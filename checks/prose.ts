// Words in the code: each file says why it exists, each exported function says what it promises.
import { childOf, childrenOf, type Source, type Syntax, wordOf } from './syntax.ts';
import type { Finding } from './tree.ts';

interface ExportedFunction {
  name: string;
  node: Syntax;
  line: number;
}

const directive = /^(biome-ignore|@ts-|eslint|v8 ignore|#!)/;
const enoughLetters = 15;

/** Checks the header of a file and the documentation of its exported functions; tests speak through their names. */
export function checkProse(source: Source): Finding[] {
  if (/\.test\.tsx?$/.test(source.path)) return [];
  const undocumented = exportedFunctions(source).flatMap(({ name, line }) => {
    if (isDocumented(source, line)) return [];
    const message = `${name} is exported without a word: write one sentence directly above it (what it promises, units, errors)`;
    return [{ path: source.path, line, rule: 'layers/documentation', message, name }];
  });
  return [...checkHeader(source), ...undocumented];
}

function checkHeader({ path, text, comments }: Source): Finding[] {
  const firstLine = text.startsWith('#!') ? 2 : 1;
  const header = comments.find((comment) => comment.firstLine === firstLine);
  if (header && says(header.text)) return [];
  const message = 'open the file with a line or two: why it exists and what it guarantees';
  return [{ path, line: 1, rule: 'layers/header', message }];
}

function says(text: string): boolean {
  return !directive.test(text) && text.replace(/[^\p{L}]/gu, '').length >= enoughLetters;
}

/** A directive for a tool may stand between the sentence and the function. */
function isDocumented(source: Source, line: number): boolean {
  const above = source.comments.find((comment) => comment.lastLine === line - 1);
  if (!above) return false;
  return directive.test(above.text) ? isDocumented(source, above.firstLine) : says(above.text);
}

/** Lists the functions a file exports, by declaration, as a constant, or by name in an export list. */
export function exportedFunctions(source: Source): ExportedFunction[] {
  const listed = new Set<string>();
  for (const statement of childrenOf(source.program, 'body')) {
    if (statement.type !== 'ExportNamedDeclaration' || statement.source) continue;
    for (const one of childrenOf(statement, 'specifiers')) listed.add(wordOf(childOf(one, 'local')) ?? '');
  }
  const seen = new Set<string>();
  return childrenOf(source.program, 'body').flatMap((statement) => {
    const exported = statement.type.startsWith('Export');
    const declaration = exported ? childOf(statement, 'declaration') : statement;
    return functionsOf(declaration).flatMap(({ name, node }) => {
      if ((!exported && !listed.has(name)) || seen.has(name)) return [];
      seen.add(name);
      return [{ name, node, line: source.lineAt(statement.start) }];
    });
  });
}

function functionsOf(declaration: Syntax | undefined): { name: string; node: Syntax }[] {
  if (declaration?.type === 'FunctionDeclaration' || declaration?.type === 'TSDeclareFunction') {
    return [{ name: wordOf(childOf(declaration, 'id')) ?? 'default', node: declaration }];
  }
  if (declaration?.type === 'ArrowFunctionExpression') return [{ name: 'default', node: declaration }];
  if (declaration?.type !== 'VariableDeclaration') return [];
  return childrenOf(declaration, 'declarations').flatMap((one) => {
    const node = childOf(one, 'init');
    const isFunction = node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression';
    return isFunction ? [{ name: wordOf(childOf(one, 'id')) ?? '', node }] : [];
  });
}
