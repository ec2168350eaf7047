// Where SQL may stand and how it may be made: in store.ts, and never by gluing values into text.
// One interpolated value is all that an injection needs, and row-level security does not stop it.
import {
  childOf,
  childrenOf,
  memberName,
  type Source,
  type Syntax,
  textOf,
  visit,
  wordOf,
} from './syntax.ts';

/** Takes down one finding at a node. */
export type Report = (node: Syntax, rule: string, message: string) => void;

/** What each name in a file may stand for; undefined is a parameter or a variable, known at run time only. */
type Constants = Map<string, (Syntax | undefined)[]>;

const queryVerbs = new Set([
  'selectFrom',
  'insertInto',
  'updateTable',
  'deleteFrom',
  'replaceInto',
  'mergeInto',
]);
const queryMessage =
  'queries live in store.ts, where each function takes the transaction first: move this one there';
const glueMessage = 'SQL is never glued together: bind the value, or use sql.ref / sql.table for a name';
const deepest = 10;

/** Reports a query builder's verb, a `sql` template or `.query('…')`. */
export function checkQuery(node: Syntax, report: Report): void {
  const verb = node.type === 'CallExpression' ? memberName(childOf(node, 'callee')) : undefined;
  const [first] = childrenOf(node, 'arguments');
  const built = verb !== undefined && queryVerbs.has(verb);
  const plain = verb === 'query' && (first?.type === 'TemplateLiteral' || textOf(first) !== undefined);
  const tagged = node.type === 'TaggedTemplateExpression' && isSqlTag(childOf(node, 'tag'));
  if (built || plain || tagged) report(node, 'query', queryMessage);
}

function isSqlTag(tag: Syntax | undefined): boolean {
  if (tag?.type === 'MemberExpression') return isSqlTag(childOf(tag, 'object'));
  return tag?.type === 'Identifier' && tag.name === 'sql';
}

/** Reads what the names of a file stand for, so that a query is seen through the constants it is made of. */
export function readConstants(source: Source): Constants {
  const constants: Constants = new Map();
  const add = (name: string | undefined, value: Syntax | undefined) => {
    if (name !== undefined) constants.set(name, [...(constants.get(name) ?? []), value]);
  };
  visit(source.program, (node, parent) => {
    const value = parent?.kind === 'const' ? childOf(node, 'init') : undefined;
    if (node.type === 'VariableDeclarator') add(wordOf(childOf(node, 'id')), value);
    for (const parameter of childrenOf(node, 'params')) add(wordOf(parameter), undefined);
  });
  return constants;
}

/** Reports SQL whose text is not fixed: in `.query(…)`, `.query({ text })`, `sql.raw(…)` and `CompiledQuery.raw(…)`. */
export function checkInterpolation(node: Syntax, constants: Constants, report: Report): void {
  if (node.type !== 'CallExpression') return;
  const callee = childOf(node, 'callee');
  const verb = memberName(callee);
  const [first] = childrenOf(node, 'arguments');
  const text = first?.type === 'ObjectExpression' ? textProperty(first) : first;
  const raw = verb === 'raw' && ['sql', 'CompiledQuery'].includes(wordOf(childOf(callee, 'object')) ?? '');
  const glued = verb === 'query' && isGlued(text, constants);
  if (glued || (raw && !isFixed(text, constants))) report(node, 'interpolated-sql', glueMessage);
}

function textProperty(object: Syntax): Syntax | undefined {
  const property = childrenOf(object, 'properties').find((one) => wordOf(childOf(one, 'key')) === 'text');
  return childOf(property, 'value');
}

function valuesOf(node: Syntax | undefined, constants: Constants): (Syntax | undefined)[] {
  return node?.type === 'Identifier' ? (constants.get(String(node.name)) ?? []) : [];
}

/** What text is put together from, or undefined when the node puts nothing together. */
function piecesOf(node: Syntax | undefined): (Syntax | undefined)[] | undefined {
  if (node?.type === 'TemplateLiteral') return childrenOf(node, 'expressions');
  if (node?.type === 'BinaryExpression' && node.operator === '+')
    return [childOf(node, 'left'), childOf(node, 'right')];
  return undefined;
}

/** Fixed text: a literal, a constant of fixed text, or such pieces put together. */
function isFixed(node: Syntax | undefined, constants: Constants, depth = 0): boolean {
  if (depth > deepest) return false;
  if (textOf(node) !== undefined) return true;
  const parts = piecesOf(node) ?? valuesOf(node, constants);
  return parts.length > 0 && parts.every((part) => isFixed(part, constants, depth + 1));
}

function isGlued(node: Syntax | undefined, constants: Constants): boolean {
  if (piecesOf(node)) return !isFixed(node, constants);
  return valuesOf(node, constants).some((value) => piecesOf(value) && !isFixed(value, constants));
}
