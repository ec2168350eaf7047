// The database roles: an owner of everything that nobody logs in as, and narrow roles that a transaction takes on.
import pg from 'pg';

const groups = ['insula_owner', 'insula_tenant', 'insula_pooled', 'insula_platform', 'insula_ledger'];
const memberships = [['insula_tenant', 'insula_pooled']] as const;

const quoted = pg.escapeIdentifier;

/** Runs role statements that another server may be running at the same moment: roles are shared by all databases of a server. */
async function tolerant(client: pg.PoolClient, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(statement);
      return;
    } catch (error) {
      const { code } = error as { code?: string };
      const raced = code === '23505' || code === '42710' || code === 'XX000';
      if (!raced || attempt >= 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25 * attempt));
    }
  }
}

async function ensureRole(client: pg.PoolClient, role: string, attributes: string): Promise<void> {
  await tolerant(
    client,
    `do $$ begin if not exists (select from pg_roles where rolname = ${pg.escapeLiteral(role)}) then create role ${quoted(role)} ${attributes}; end if; end $$`,
  );
}

async function ensureMembership(client: pg.PoolClient, group: string, member: string): Promise<void> {
  const { rowCount } = await client.query(
    'select from pg_auth_members where roleid = to_regrole($1) and member = to_regrole($2)',
    [group, member],
  );
  if (rowCount === 0) await tolerant(client, `grant ${quoted(group)} to ${quoted(member)}`);
}

/** Makes the roles of a cluster that are missing, and sets the server's own login up (embedded: none is needed). */
export async function ensureRoles(
  client: pg.PoolClient,
  options: { appLogin: string; appPassword: string | undefined },
): Promise<void> {
  for (const role of groups) await ensureRole(client, role, 'nologin');
  for (const [group, member] of memberships) await ensureMembership(client, group, member);
  const { rows } = await client.query<{ me: string }>('select current_user as me');
  await ensureMembership(client, 'insula_owner', rows[0]!.me);
  const { appLogin, appPassword } = options;
  await ensureRole(client, appLogin, 'nologin noinherit');
  for (const group of ['insula_pooled', 'insula_platform', 'insula_ledger'])
    await ensureMembership(client, group, appLogin);
  const limits = {
    statement_timeout: '30s',
    lock_timeout: '15s',
    idle_in_transaction_session_timeout: '60s',
    client_connection_check_interval: '5s',
  };
  for (const [name, value] of Object.entries(limits))
    await tolerant(client, `alter role ${quoted(appLogin)} set ${name} = '${value}'`);
  if (appPassword !== undefined)
    await tolerant(
      client,
      `alter role ${quoted(appLogin)} login noinherit nobypassrls password ${pg.escapeLiteral(appPassword)}`,
    );
  const grant = await client.query<{ database: string }>('select current_database() as database');
  await tolerant(client, `grant create on database ${quoted(grant.rows[0]!.database)} to insula_owner`);
}

/** Makes the role of a dedicated organization, a member of the tenants' group that the server may take on. */
export async function ensureDedicatedRole(
  client: pg.PoolClient,
  role: string,
  appLogin: string,
): Promise<void> {
  await ensureRole(client, role, 'nologin');
  await ensureMembership(client, 'insula_tenant', role);
  await ensureMembership(client, role, appLogin);
}
