// Kysely on one connection that is already inside a transaction: queries are built by Kysely and sent through `pg`.
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  type KyselyPlugin,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type pg from 'pg';

/** Statements already named, by schema and text: a plan made under one search_path never serves another. */
const names = new Map<string, string>();
const NAMES_MAX = 2_000;

function nameOf(text: string, schema: string): string | undefined {
  const key = `${schema}\n${text}`;
  let name = names.get(key);
  if (name === undefined) {
    if (names.size >= NAMES_MAX) return undefined;
    name = `i${names.size}`;
    names.set(key, name);
  }
  return name;
}

/** Whether a statement can be named: those with lists of varying length would fill the server's memory with plans. */
function canBeNamed(query: CompiledQuery): boolean {
  return query.parameters.length <= 24 && query.sql.length <= 2_000;
}

export type OpenConnection = { tx: Kysely<unknown>; close(): void };

/** Wraps `client` for one transaction; after `close` every further query is refused. `namedIn` is the schema whose statements are named, if any. */
export function openConnection(
  client: pg.ClientBase,
  namedIn: string | undefined,
  plugins: KyselyPlugin[] = [],
): OpenConnection {
  let open = true;
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      if (!open) throw new Error('This transaction is over: its tx was kept after the door had closed.');
      const values = query.parameters as unknown[];
      const name = namedIn !== undefined && canBeNamed(query) ? nameOf(query.sql, namedIn) : undefined;
      const answer = await client.query(
        name ? { name, text: query.sql, values } : { text: query.sql, values },
      );
      const rows = answer.rows as R[];
      return answer.command === 'SELECT' ? { rows } : { rows, numAffectedRows: BigInt(answer.rowCount ?? 0) };
    },
    // biome-ignore lint/correctness/useYield: Kysely asks for a generator; nothing here streams.
    async *streamQuery(): AsyncIterableIterator<never> {
      throw new Error('Rows are not streamed inside a transaction: read pages instead.');
    },
  } as DatabaseConnection;
  const close = () => {
    open = false;
  };
  return { tx: new Kysely<unknown>({ dialect: dialectOn(connection), plugins }), close };
}

function dialectOn(connection: DatabaseConnection): Dialect {
  return {
    createAdapter: () => adapter,
    createQueryCompiler: () => compiler,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createDriver: () => ({
      init: async () => {},
      acquireConnection: async () => connection,
      beginTransaction: refuse,
      commitTransaction: refuse,
      rollbackTransaction: refuse,
      releaseConnection: async () => {},
      destroy: async () => {},
    }),
  };
}

const adapter = new PostgresAdapter();
const compiler = new PostgresQueryCompiler();

async function refuse(): Promise<void> {
  throw new Error('Already inside a transaction: the door opens and closes it.');
}
