// What only a few files may do: read the environment, hold queries, start processes or run text as code.
// Each power sits in one kind of file, so that a reader knows where to look and a mistake has nowhere to hide.
import { checkInterpolation, checkQuery, type Report, readConstants } from './queries.ts';
import {
  childOf,
  childrenOf,
  isSyntax,
  memberName,
  type Source,
  type Syntax,
  textOf,
  visit,
  wordOf,
} from './syntax.ts';
import { type Finding, isTest } from './tree.ts';

const processPackages = new Set(['child_process', 'cluster', 'vm', 'repl', 'inspector']);

/** Reports each use of a power in a file that does not have it. */
export function checkPowers(source: Source): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (node, rule, message) => {
    findings.push({
      path: source.path,
      line: source.lineAt(node.start),
      rule: `boundaries/${rule}`,
      message,
    });
  };
  const rules = rulesFor(source.path);
  const constants = rules.interpolation ? readConstants(source) : new Map();
  visit(source.program, (node) => {
    if (rules.environment) checkEnvironment(node, report);
    if (rules.queries) checkQuery(node, report);
    if (rules.interpolation) checkInterpolation(node, constants, report);
    if (rules.dangers) checkDanger(node, report);
    checkMock(node, report);
  });
  return findings;
}

function rulesFor(path: string) {
  const program = /^(proofs|bench|checks)\//.test(path) || /(^|\/)[a-z]+\.config\.[mc]?[jt]s$/.test(path);
  const product = !program && !isTest(path);
  const database =
    path.startsWith('apps/server/src/platform/db/') || path.startsWith('apps/server/migrations/');
  const entry =
    path === 'apps/server/src/main.ts' || path === 'apps/cli/src/main.ts' || path.startsWith('apps/cli/bin/');
  return {
    environment: product && !entry,
    queries: product && !database && !path.endsWith('/store.ts'),
    interpolation: product && !database,
    dangers: product,
  };
}

function isProcess(node: Syntax | undefined): boolean {
  return (node?.type === 'Identifier' && node.name === 'process') || memberName(node) === 'process';
}

function checkEnvironment(node: Syntax, report: Report): void {
  const direct = memberName(node) === 'env' && isProcess(childOf(node, 'object'));
  const taken =
    node.type === 'VariableDeclarator' &&
    isProcess(childOf(node, 'init')) &&
    hasKey(childOf(node, 'id'), 'env');
  const imported =
    node.type === 'ImportDeclaration' &&
    /^(node:)?process$/.test(wordOf(childOf(node, 'source')) ?? '') &&
    childrenOf(node, 'specifiers').some((one) => wordOf(childOf(one, 'imported')) === 'env');
  if (!direct && !taken && !imported) return;
  report(
    node,
    'environment',
    'only main.ts reads the environment: take the value as an argument from the configuration',
  );
}

function hasKey(object: Syntax | undefined, key: string): boolean {
  return childrenOf(object, 'properties').some((one) => wordOf(childOf(one, 'key')) === key);
}

function checkDanger(node: Syntax, report: Report): void {
  const callee =
    node.type === 'CallExpression' || node.type === 'NewExpression' ? childOf(node, 'callee') : undefined;
  const name = callee?.type === 'Identifier' ? String(callee.name) : memberName(callee);
  const global = callee?.type === 'Identifier' || wordOf(childOf(callee, 'object')) === 'globalThis';
  if (global && (name === 'eval' || name === 'Function')) {
    report(node, 'text-as-code', `${name} runs text as code, and text comes from people: write the code out`);
  }
  if (name === 'Worker' && childrenOf(node, 'arguments').some((one) => hasKey(one, 'eval'))) {
    report(node, 'text-as-code', 'a worker starts from a file, never from text');
  }
  const source =
    node.type === 'ImportDeclaration' || node.type === 'ImportExpression' ? node.source : undefined;
  const from = isSyntax(source) ? (wordOf(source)?.replace(/^node:/, '') ?? '') : '';
  if (!processPackages.has(from)) return;
  report(
    node,
    'process',
    `the product does not use ${from}: what a tenant sends must never reach a process or an evaluator`,
  );
}

function checkMock(node: Syntax, report: Report): void {
  const callee = node.type === 'CallExpression' ? childOf(node, 'callee') : undefined;
  const verb = memberName(callee);
  if ((verb !== 'mock' && verb !== 'doMock') || wordOf(childOf(callee, 'object')) !== 'vi') return;
  const [first] = childrenOf(node, 'arguments');
  const target = textOf(first) ?? textOf(childOf(first, 'source')) ?? '';
  if (!/^(\.|@insula\/)/.test(target)) return;
  report(
    node,
    'mock',
    'our own modules are never mocked: use world() and the fakes, which speak over real sockets',
  );
}
