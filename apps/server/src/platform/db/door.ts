// The one door to the database: every query runs in a transaction that is already narrowed to one organization and its
// workspaces. Where the organization lives is read from the database inside that transaction, so a move is never missed.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely, KyselyPlugin } from 'kysely';
import pg from 'pg';
import { type Actor, PLATFORM_ORGANIZATION } from '../actor.ts';
import { openConnection } from './one-connection.ts';
import type { NoTables } from './tables.ts';

declare const tenantBrand: unique symbol;
declare const platformBrand: unique symbol;
/** A transaction narrowed to one organization; what a tenant store takes. */
export type TenantTx = Kysely<NoTables> & { readonly [tenantBrand]: true };
/** A transaction on the platform's directory; reaches no tenant's table but the platform's own trail. */
export type PlatformTx = Kysely<NoTables> & { readonly [platformBrand]: true };

export type DoorOptions = {
  /** The pool of a cluster; throws when there is none by that name. */
  poolOf(cluster: string): pg.Pool;
  /** The cluster an organization lives in, from the cached directory; undefined when there is no such organization. */
  clusterOf(organizationId: string): Promise<string | undefined>;
  /** Called when the directory proved stale, before one more try. */
  forgetCluster(organizationId: string): void;
  /** After this many milliseconds the transaction is given up and its connection destroyed. */
  timeoutMs?: number;
  /** Rewrites of queries; the isolation proof strips tenant predicates with one. */
  plugins?: KyselyPlugin[];
};

export type Door = ReturnType<typeof createDoor>;

/** Thrown when the organization of an actor lives nowhere (deleted, or never was). */
export class NoSuchOrganization extends Error {
  override readonly name = 'NoSuchOrganization';
}

const POOLED_SCHEMA = 'tenants';
const inside = new AsyncLocalStorage<true>();

const lockKey = (organizationId: string) => `hashtextextended(${pg.escapeLiteral(organizationId)}, 0)`;

/** SQL of the lock that every transaction of an organization shares and its move takes alone. */
export const sharedLock = (organizationId: string) =>
  `pg_advisory_xact_lock_shared(${lockKey(organizationId)})`;

/** SQL of the lock a move holds, for the session of the mover. */
export const exclusiveLock = (organizationId: string) => `pg_advisory_lock(${lockKey(organizationId)})`;

function tenantPreamble(actor: Pick<Actor, 'organization_id' | 'workspaces'>): string {
  const organization = pg.escapeLiteral(actor.organization_id);
  const workspaces = pg.escapeLiteral(actor.workspaces === '*' ? '*' : actor.workspaces.join(','));
  return `begin; select ${sharedLock(actor.organization_id)};
    select r.schema_name, set_config('app.organization', ${organization}, true), set_config('app.workspaces', ${workspaces}, true),
      set_config('search_path', quote_ident(r.schema_name) || ', pg_catalog, pg_temp', true), set_config('role', r.role_name, true)
    from platform.residents r where r.organization_id = ${organization}`;
}

function platformPreamble(organizationId: string | null): string {
  const operator = organizationId === null ? 'on' : 'off';
  const organization = pg.escapeLiteral(organizationId ?? PLATFORM_ORGANIZATION);
  return `begin; select set_config('app.operator', '${operator}', true), set_config('app.organization', ${organization}, true),
    set_config('app.workspaces', '*', true), set_config('search_path', 'platform, ${POOLED_SCHEMA}, pg_catalog, pg_temp', true),
    set_config('role', 'insula_platform', true)`;
}

type Opened = { client: pg.PoolClient; schema: string | undefined };

/** Opens doors on the pools given. */
export function createDoor(options: DoorOptions) {
  const timeoutMs = options.timeoutMs ?? 20_000;

  async function open(pool: pg.Pool, preamble: string): Promise<Opened> {
    const client = await pool.connect();
    try {
      const answers = (await client.query(preamble)) as unknown as pg.QueryResult<{ schema_name?: string }>[];
      return { client, schema: answers.at(-1)?.rows[0]?.schema_name };
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** Runs `work` in a transaction narrowed to the actor's organization and workspaces; commits when it returns. */
  async function as<T>(
    actor: Pick<Actor, 'organization_id' | 'workspaces'>,
    work: (tx: TenantTx) => Promise<T>,
  ): Promise<T> {
    refuseNested();
    for (let attempt = 1; ; attempt++) {
      const cluster = await options.clusterOf(actor.organization_id);
      if (cluster === undefined) throw new NoSuchOrganization(actor.organization_id);
      const { client, schema } = await open(options.poolOf(cluster), tenantPreamble(actor));
      if (schema !== undefined)
        return run(client, schema === POOLED_SCHEMA ? schema : undefined, work as Work<T>);
      await client.query('rollback').then(
        () => client.release(),
        () => client.release(true),
      );
      options.forgetCluster(actor.organization_id);
      if (attempt >= 5) throw new NoSuchOrganization(actor.organization_id);
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
    }
  }

  /** Runs `work` on the directory: with the sight of one organization, or of all of them when `organizationId` is null. */
  async function asPlatform<T>(
    organizationId: string | null,
    work: (tx: PlatformTx) => Promise<T>,
  ): Promise<T> {
    refuseNested();
    const { client } = await open(options.poolOf('main'), platformPreamble(organizationId));
    return run(client, 'platform', work as Work<T>);
  }

  async function run<T>(client: pg.PoolClient, namedIn: string | undefined, work: Work<T>): Promise<T> {
    const connection = openConnection(client, namedIn, options.plugins);
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    const timer = setTimeout(() => {
      broken = new Error(`The transaction was given up after ${timeoutMs} ms.`);
      connection.close();
      destroySocket(client, broken);
    }, timeoutMs);
    try {
      const result = await inside.run(true, () => work(connection.tx));
      connection.close();
      const { command } = await client.query('commit');
      if (command === 'ROLLBACK')
        throw new Error('The transaction had failed before its end: an error was caught inside it.');
      return result;
    } catch (error) {
      connection.close();
      broken ??= await client.query('rollback').then(
        () => undefined,
        (cause: Error) => cause,
      );
      // A plan made before a migration: the connection goes, the next try plans anew.
      if ((error as { code?: string }).code === '0A000') broken ??= error as Error;
      throw error;
    } finally {
      clearTimeout(timer);
      client.off('error', onError);
      client.release(broken);
    }
  }

  return { as, asPlatform };
}

type Work<T> = (tx: Kysely<unknown>) => Promise<T>;

function refuseNested(): void {
  if (inside.getStore())
    throw new Error('Already inside a transaction: pass its tx instead of opening another door.');
}

function destroySocket(client: pg.PoolClient, reason: Error): void {
  (
    client as unknown as { connection: { stream: { destroy(error: Error): void } } }
  ).connection.stream.destroy(reason);
}
