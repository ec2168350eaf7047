// What `doctor` asks of a database server before Insula is let onto it.
import pg from 'pg';

export type ServerFacts = {
  version: number;
  isSuperuser: boolean;
  createsRoles: boolean;
  hasVector: boolean;
};

/** Connects to `url` within five seconds and says what it found; throws when it cannot. */
export async function inspectServer(url: string): Promise<ServerFacts> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rows } = await client.query<ServerFacts>(
      `select current_setting('server_version_num')::int / 10000 as version, rolsuper as "isSuperuser", rolcreaterole as "createsRoles",
        exists (select from pg_available_extensions where name = 'vector') as "hasVector" from pg_roles where rolname = current_user`,
    );
    return rows[0]!;
  } finally {
    await client.end().catch(() => {});
  }
}
