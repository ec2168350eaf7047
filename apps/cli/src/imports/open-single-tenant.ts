// What a single-tenant database holds: documents with their text, page by page, whatever of the known columns there is.
import pg from 'pg';

export type OldDocument = {
  id: string;
  title: string | null;
  source: string | null;
  content: string;
  metadata: Record<string, unknown>;
};
export type OldDatabase = {
  /** How many rows each of the known tables has; null for one that is not there. */
  counts: Record<'documents' | 'chunks' | 'sessions' | 'messages', number | null>;
  /** Every document, in the order of their ids. */
  documents(): AsyncGenerator<OldDocument>;
  close(): Promise<void>;
};

const PAGE = 100;
const tables = ['documents', 'chunks', 'sessions', 'messages'] as const;

/** Opens the database for reading only; throws when it cannot be reached or has no table `documents`. */
export async function openSingleTenant(url: string): Promise<OldDatabase> {
  const client = new pg.Client({ connectionString: url, application_name: 'insula-import' });
  client.on('error', () => {}); // the next query says it
  await client.connect();
  try {
    await client.query('begin transaction isolation level repeatable read read only');
    const columns = await readColumns(client);
    if (!columns.has('documents')) throw new Error('There is no table "documents" in this database.');
    const counts = {} as OldDatabase['counts'];
    for (const table of tables) {
      const found = columns.has(table)
        ? await client.query(`select count(*)::int as n from ${table}`)
        : undefined;
      counts[table] = found ? (found.rows[0] as { n: number }).n : null;
    }
    return { counts, documents: () => readDocuments(client, columns), close: () => client.end() };
  } catch (error) {
    await client.end();
    throw error;
  }
}

type Columns = Map<string, Set<string>>;

async function readColumns(client: pg.Client): Promise<Columns> {
  const { rows } = await client.query<{ table_name: string; column_name: string }>(
    `select c.relname as table_name, a.attname as column_name from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.oid = any (select to_regclass(t)::oid from unnest($1::text[]) t)`,
    [[...tables]],
  );
  const found: Columns = new Map();
  for (const { table_name, column_name } of rows)
    found.set(table_name, (found.get(table_name) ?? new Set()).add(column_name));
  return found;
}

async function* readDocuments(client: pg.Client, columns: Columns): AsyncGenerator<OldDocument> {
  const has = (name: string) => columns.get('documents')!.has(name);
  const text = (name: string) => (has(name) ? `d.${name}::text` : 'null::text');
  const pieces = piecesOf(columns.get('chunks'));
  const content = has('content')
    ? `coalesce(nullif(d.content, ''), ${pieces}, '')`
    : `coalesce(${pieces}, '')`;
  const query = `select d.id::text as id, ${text('title')} as title, ${text('source')} as source, ${content} as content,
      ${has('metadata') ? `coalesce(d.metadata::jsonb, '{}')` : `'{}'::jsonb`} as metadata
    from documents d where d.id::text > $1 order by d.id::text limit ${PAGE}`;
  for (let after = ''; ; ) {
    const { rows } = await client.query<OldDocument>(query, [after]);
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.id;
  }
}

/** The text of a document that is kept in its passages only. */
function piecesOf(chunks: Set<string> | undefined): string {
  if (!chunks?.has('document_id') || !chunks.has('content')) return 'null::text';
  const order = ['chunk_index', 'position', 'seq', 'id'].find((name) => chunks.has(name)) ?? 'content';
  return `(select string_agg(c.content, e'\\n\\n' order by c.${order}) from chunks c where c.document_id = d.id)`;
}
