// A plugin of the query builder that takes every tenant predicate out of the stores' queries: conditions on organization_id
// and workspace_id, built or written as SQL. What still keeps organizations apart then is the database alone. Queries on the
// platform's directory stay whole: it is the platform's own, and no wall by organization stands in it.
import type { KyselyPlugin, QueryId, RootOperationNode } from 'kysely';

type Node = { kind: string } & Record<string, unknown>;
export type Strip = {
  plugin: KyselyPlugin /** How many predicates were taken out, and of how many different queries. */;
  stats(): { predicates: number; queries: number };
};

const columns = new Set(['organization_id', 'workspace_id']);
const directory =
  /^(organizations|organization_keys|account_memberships|accounts|moves|deletion_certificates|sign_in_failures|residents|tenant_schemas|replicas)$/;
const directorySql =
  /\b(from|into|update|join)\s+(platform\.)?(organizations|organization_keys|account_memberships|accounts|moves|deletion_certificates|sign_in_failures)\b/;

/** Makes the plugin. */
export function createStrip(): Strip {
  let predicates = 0;
  const queries = new Set<string>();
  const seen = new WeakMap<QueryId, true>();

  function transform(root: RootOperationNode, queryId: QueryId): RootOperationNode {
    if (seen.has(queryId) || isOnDirectory(root)) return root;
    seen.set(queryId, true);
    const before = predicates;
    const stripped = strip(root as unknown as Node) as RootOperationNode;
    if (predicates > before) queries.add(shapeOf(stripped));
    return stripped;
  }

  function strip(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(strip);
    if (!isNode(value)) return value;
    if (value.kind === 'WhereNode' || value.kind === 'OnNode') {
      const key = value.kind === 'WhereNode' ? 'where' : 'on';
      return { ...value, [key]: reduce(value[key] as Node) ?? always };
    }
    if (value.kind === 'RawNode') return stripSql(value);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, strip(one)]));
  }

  /** A condition without its tenant predicates; undefined when nothing is left. */
  function reduce(node: Node): Node | undefined {
    if (node.kind === 'AndNode') {
      const [left, right] = [reduce(node.left as Node), reduce(node.right as Node)];
      return left && right ? { ...node, left, right } : (left ?? right);
    }
    if (node.kind === 'ParensNode') {
      const inner = reduce(node.node as Node);
      return inner && { ...node, node: inner };
    }
    if (node.kind === 'BinaryOperationNode' && columns.has(columnOf(node.leftOperand as Node))) {
      predicates++;
      return undefined;
    }
    return strip(node) as Node;
  }

  /** `organization_id = $1` in SQL becomes `(organization_id = $1 or true)`, so that the parameters stay in their places. */
  function stripSql(node: Node): Node {
    const fragments = [...(node.sqlFragments as string[])];
    const parameters = (node.parameters as Node[]).map((one) => strip(one));
    for (let i = 0; i < fragments.length; i++) {
      const open = /\b(where|and|on|when)(\s+)((?:\w+\.)?(?:organization_id|workspace_id)\s*=\s*)$/.exec(
        fragments[i]!,
      );
      if (open && i + 1 < fragments.length) {
        fragments[i] = `${fragments[i]!.slice(0, open.index)}${open[1]}${open[2]}(${open[3]}`;
        fragments[i + 1] = fragments[i + 1]!.replace(/^(::\w+(\[\])?)?/, '$1 or true)');
        predicates++;
      }
      const between =
        /\b(where|and|on)(\s+)((?:\w+\.)?(organization_id|workspace_id)\s*=\s*\w+\.(organization_id|workspace_id))\b/g;
      fragments[i] = fragments[i]!.replace(
        between,
        (_whole, word: string, space: string, condition: string) => {
          predicates++;
          return `${word}${space}(${condition} or true)`;
        },
      );
    }
    return { ...node, sqlFragments: fragments, parameters };
  }

  return {
    plugin: {
      transformQuery: ({ node, queryId }) => transform(node, queryId),
      transformResult: async ({ result }) => result,
    },
    stats: () => ({ predicates, queries: queries.size }),
  };
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
