// A plugin of the query builder that takes every tenant predicate out of the stores' queries: conditions on organization_id
// and workspace_id, built or written as SQL. What still keeps organizations apart then is the database alone. Queries on the
// platform's directory stay whole: it is the platform's own, and no wall by organization stands in it.
import type { KyselyPlugin, QueryId, RootOperationNode } from 'kysely';

type Node = { kind: string } & Record<string, unknown>;
export type Strip = {
  plugin: KyselyPlugin;
  /** How many predicates were taken out, and of how many different queries. */
  stats(): { predicates: number; queries: number };
};
/** Called for every predicate that is taken out. */
type Note = () => void;

const columns = new Set(['organization_id', 'workspace_id']);
const directory =
  /^(organizations|organization_keys|account_memberships|accounts|moves|deletion_certificates|sign_in_failures|residents|tenant_schemas|replicas)$/;
const directorySql =
  /\b(from|into|update|join)\s+(platform\.)?(organizations|organization_keys|account_memberships|accounts|moves|deletion_certificates|sign_in_failures)\b/;

/** Makes the plugin that takes every tenant predicate out, and counts what it took. */
export function createStrip(): Strip {
  let predicates = 0;
  const queries = new Set<string>();
  const seen = new WeakMap<QueryId, true>();
  const note = () => {
    predicates++;
  };

  function transform(root: RootOperationNode, queryId: QueryId): RootOperationNode {
    if (seen.has(queryId) || isOnDirectory(root)) return root;
    seen.set(queryId, true);
    const before = predicates;
    const stripped = strip(root, note) as RootOperationNode;
    if (predicates > before) queries.add(shapeOf(stripped));
    return stripped;
  }

  return {
    plugin: {
      transformQuery: ({ node, queryId }) => transform(node, queryId),
      transformResult: async ({ result }) => result,
    },
    stats: () => ({ predicates, queries: queries.size }),
  };
}

function strip(value: unknown, note: Note): unknown {
  if (Array.isArray(value)) return value.map((one) => strip(one, note));
  if (!isNode(value)) return value;
  if (value.kind === 'WhereNode' || value.kind === 'OnNode') {
    const key = value.kind === 'WhereNode' ? 'where' : 'on';
    return { ...value, [key]: reduce(value[key] as Node, note) ?? always };
  }
  if (value.kind === 'RawNode') return stripSql(value, note);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, strip(one, note)]));
}

/** A condition without its tenant predicates; undefined when nothing is left. */
function reduce(node: Node, note: Note): Node | undefined {
  if (node.kind === 'AndNode') {
    const [left, right] = [reduce(node.left as Node, note), reduce(node.right as Node, note)];
    return left && right ? { ...node, left, right } : (left ?? right);
  }
  if (node.kind === 'ParensNode') {
    const inner = reduce(node.node as Node, note);
    return inner && { ...node, node: inner };
  }
  if (node.kind === 'BinaryOperationNode' && columns.has(columnOf(node.leftOperand as Node))) {
    note();
    return undefined;
  }
  return strip(node, note) as Node;
}

const opening = /\b(where|and|on|when)(\s+)((?:\w+\.)?(?:organization_id|workspace_id)\s*=\s*)$/;
const between =
  /\b(where|and|on)(\s+)((?:\w+\.)?(?:organization_id|workspace_id)\s*=\s*\w+\.(?:organization_id|workspace_id))\b/g;

/** `organization_id = $1` in SQL becomes `(organization_id = $1 or true)`, so that the parameters stay in their places. */
function stripSql(node: Node, note: Note): Node {
  const fragments = [...(node.sqlFragments as string[])];
  const parameters = (node.parameters as Node[]).map((one) => strip(one, note));
  for (let i = 0; i < fragments.length; i++) {
    const open = opening.exec(fragments[i]!);
    if (open && i + 1 < fragments.length) {
      fragments[i] = `${fragments[i]!.slice(0, open.index)}${open[1]}${open[2]}(${open[3]}`;
      fragments[i + 1] = fragments[i + 1]!.replace(/^(::\w+(\[\])?)?/, '$1 or true)');
      note();
    }
    fragments[i] = fragments[i]!.replace(
      between,
      (_whole, word: string, space: string, condition: string) => {
        note();
        return `${word}${space}(${condition} or true)`;
      },
    );
  }
  return { ...node, sqlFragments: fragments, parameters };
}

const always: Node = { kind: 'RawNode', sqlFragments: ['true'], parameters: [] };

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).kind === 'string';
}

function columnOf(node: Node): string {
  const column = (node.kind === 'ReferenceNode' ? node.column : node) as Node;
  return column.kind === 'ColumnNode' ? String((column.column as Node).name) : '';
}

function isOnDirectory(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(isOnDirectory);
  if (!isNode(node)) return false;
  if (node.kind === 'RawNode') {
    if ((node.sqlFragments as string[]).some((text) => directorySql.test(text))) return true;
    return isOnDirectory(node.parameters);
  }
  if (node.kind === 'SchemableIdentifierNode') return directory.test(String((node.identifier as Node).name));
  return Object.values(node).some(isOnDirectory);
}

/** What makes a query another one than the last: its text without values. */
function shapeOf(node: unknown): string {
  return JSON.stringify(node, (key, value) => (key === 'value' || key === 'values' ? undefined : value));
}
