// TypeScript read with a real parser, so that strings, comments and templates never fool a rule.
// Offers just what the checks ask: the tree with parents, imports, exports, comments and line numbers.
import { parseSync, visitorKeys } from 'oxc-parser';

/** A node of the syntax tree (ESTree with TypeScript); which other fields it has depends on `type`. */
export interface Syntax {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

interface Comment {
  text: string;
  firstLine: number;
  lastLine: number;
}

/** A parsed file. `broken` is the parser's complaint when the file is not valid TypeScript. */
export interface Source {
  path: string;
  text: string;
  program: Syntax;
  comments: Comment[];
  exportedNames: Map<string, number>;
  broken: string | undefined;
  lineAt(offset: number): number;
}

/** One mention of another file or package. `specifier` is undefined when it is computed at run time. */
export interface Import {
  specifier: string | undefined;
  line: number;
}

const parsed = new Map<string, Source>();

/** Parses one file; the same text at the same path is parsed once, however many checks ask. */
export function parseSource(path: string, text: string): Source {
  const key = `${path}\0${text}`;
  const known = parsed.get(key);
  if (known) return known;
  const result = parseSync(path, text, { sourceType: 'module' });
  const lineAt = createLineFinder(text);
  const source: Source = {
    path,
    text,
    program: result.program as unknown as Syntax,
    comments: result.comments.map((comment) => ({
      text: comment.value.replace(/^\s*\*\s?/gm, '').trim(),
      firstLine: lineAt(comment.start),
      lastLine: lineAt(comment.end),
    })),
    exportedNames: new Map(),
    broken: result.errors[0]?.message,
    lineAt,
  };
  for (const entry of result.module.staticExports.flatMap((statement) => statement.entries)) {
    if (entry.exportName.name) source.exportedNames.set(entry.exportName.name, lineAt(entry.start));
  }
  parsed.set(key, source);
  return source;
}

function createLineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** Calls `enter` for a node and everything below it, parents first. */
export function visit(
  node: Syntax,
  enter: (node: Syntax, parent: Syntax | undefined) => void,
  parent?: Syntax,
): void {
  enter(node, parent);
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key];
    for (const one of Array.isArray(child) ? child : [child]) {
      if (isSyntax(one)) visit(one, enter, node);
    }
  }
}

/** Tells whether a field of a node is a node itself. */
export function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && typeof (value as Syntax).type === 'string';
}

/** Gives the child under `field`, if it is a single node. */
export function childOf(node: Syntax | undefined, field: string): Syntax | undefined {
  const child = node?.[field];
  return isSyntax(child) ? child : undefined;
}

/** Gives the children under `field`; holes of arrays are left out. */
export function childrenOf(node: Syntax | undefined, field: string): Syntax[] {
  const children = node?.[field];
  return Array.isArray(children) ? children.filter(isSyntax) : [];
}

/** Reads an identifier's name, or the text of a literal: what stands for a property or a name in either spelling. */
export function wordOf(node: Syntax | undefined): string | undefined {
  if (node?.type === 'Identifier' || node?.type === 'PrivateIdentifier') return String(node.name);
  return textOf(node);
}

/** Reads the text of a literal or of a template without expressions; a variable has no text that can be known here. */
export function textOf(node: Syntax | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral' && childrenOf(node, 'expressions').length === 0) {
    const cooked = (childrenOf(node, 'quasis')[0]?.value as { cooked?: string } | undefined)?.cooked;
    return cooked;
  }
  return undefined;
}

/** Gives the property that a member expression names: `a.b` and `a['b']` → b; undefined for anything else. */
export function memberName(node: Syntax | undefined): string | undefined {
  if (node?.type !== 'MemberExpression') return undefined;
  const property = childOf(node, 'property');
  return node.computed ? textOf(property) : wordOf(property);
}

/** Lists everything a file imports: static, dynamic, `export … from`, `import('…').Type`, `require`, worker URLs, mocks. */
export function listImports(source: Source): Import[] {
  const imports: Import[] = [];
  visit(source.program, (node) => {
    const target = importTarget(node);
    if (target) imports.push({ specifier: textOf(target), line: source.lineAt(node.start) });
  });
  return imports;
}

const importNodes = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

function importTarget(node: Syntax): Syntax | undefined {
  if (importNodes.has(node.type)) return childOf(node, 'source');
  const callee = childOf(node, 'callee');
  const [first, second] = childrenOf(node, 'arguments');
  if (node.type === 'CallExpression' && wordOf(callee) === 'require') return first;
  const isUrl = node.type === 'NewExpression' && wordOf(callee) === 'URL';
  const besideThisFile =
    second?.type === 'MemberExpression' && childOf(second, 'object')?.type === 'MetaProperty';
  return isUrl && besideThisFile && /\.[mc]?[jt]sx?$/.test(textOf(first) ?? '') ? first : undefined;
}
