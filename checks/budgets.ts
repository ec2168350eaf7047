// Sizes that keep every brick small enough to read in one go. Exceptions stand in exceptions.json and only shrink.
import { basename } from 'node:path';
import { childOf, childrenOf, parseSource, type Source, type Syntax, visit, wordOf } from './syntax.ts';
import { countLines, type Finding, isCode, listFiles, readText } from './tree.ts';

/** Lines of a file, of a test, of a function, and parameters of a function. */
const budgets = { file: 300, test: 500, function: 50, parameters: 3 };

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** Checks every file of code and every function in it against the budgets. */
export function checkBudgets(root: string): Finding[] {
  return listFiles(root)
    .filter(isCode)
    .flatMap((path) => {
      const source = parseSource(path, readText(root, path) ?? '');
      return [...checkFile(source), ...checkFunctions(source)];
    });
}

function isTestFile(path: string): boolean {
  return /\.test\.tsx?$/.test(path);
}

function checkFile({ path, text }: Source): Finding[] {
  const limit = isTestFile(path) ? budgets.test : budgets.file;
  const amount = countLines(text);
  if (amount <= limit) return [];
  const cure = isTestFile(path)
    ? 'one file a guarantee'
    : 'move one idea with its own name to a file of its own';
  const message = `${amount} lines, at most ${limit}: ${cure}`;
  return [{ path, line: 1, rule: 'budgets/file', message, amount }];
}

/** A function inside one that is too long is not told of: splitting the outer one comes first. */
function checkFunctions(source: Source): Finding[] {
  const findings: Finding[] = [];
  let longUntil = 0;
  visit(source.program, (node, parent) => {
    if (!functionTypes.has(node.type)) return;
    const own = checkFunction({ source, node, parent });
    findings.push(...own.filter(({ rule }) => rule !== 'budgets/function' || node.start >= longUntil));
    if (own.some(({ rule }) => rule === 'budgets/function')) longUntil = Math.max(longUntil, node.end);
  });
  return findings;
}

interface FunctionPlace {
  source: Source;
  node: Syntax;
  parent: Syntax | undefined;
}

function checkFunction({ source, node, parent }: FunctionPlace): Finding[] {
  const line = source.lineAt(node.start);
  const amount = source.lineAt(node.end) - line + 1;
  const name = nameOf(node, parent);
  const findings: Finding[] = [];
  if (amount > budgets.function && !isSuite(source.path, parent)) {
    const message = `${name} has ${amount} lines, at most ${budgets.function}: give its steps names and make them functions`;
    findings.push({ path: source.path, line, rule: 'budgets/function', message, name, amount });
  }
  const parameters = childrenOf(node, 'params').filter((one) => wordOf(one) !== 'this').length;
  if (parameters > budgets.parameters && !isCallback(node, parent)) {
    const message = `${name} takes ${parameters} parameters, at most ${budgets.parameters}: pass one object with names`;
    findings.push({ path: source.path, line, rule: 'budgets/parameters', message, name, amount: parameters });
  }
  return findings;
}

function nameOf(node: Syntax, parent: Syntax | undefined): string {
  const own = wordOf(childOf(node, 'id')) ?? wordOf(childOf(parent, 'key'));
  if (own !== undefined) return own;
  if (parent?.type === 'VariableDeclarator') return wordOf(childOf(parent, 'id')) ?? 'a function';
  return 'a function';
}

/** The signature of a function that is handed straight to a call belongs to the one who calls it. */
function isCallback(node: Syntax, parent: Syntax | undefined): boolean {
  const call = parent?.type === 'CallExpression' || parent?.type === 'NewExpression';
  return call && childrenOf(parent, 'arguments').includes(node);
}

/** `describe(…)` groups tests; its length is that of the file. */
function isSuite(path: string, parent: Syntax | undefined): boolean {
  let callee = parent?.type === 'CallExpression' ? childOf(parent, 'callee') : undefined;
  while (callee?.type === 'CallExpression' || callee?.type === 'MemberExpression') {
    callee = childOf(callee, callee.type === 'CallExpression' ? 'callee' : 'object');
  }
  return isTestFile(basename(path)) && wordOf(callee) === 'describe';
}
