// The owner's transactions: for the few who move, copy and erase whole organizations across every wall. They run on
// connections of their own, so that long work never takes those of provisioning, and write values in one exact spelling.
import pg from 'pg';
import type { Cluster } from './clusters.ts';
import { exclusiveLock } from './preambles.ts';

declare const ownerBrand: unique symbol;
/** A transaction that sees every organization of a cluster. */
export type OwnerTx = Pick<pg.ClientBase, 'query'> & { readonly [ownerBrand]: true };

export type Owner = {
  cluster: Cluster;
  /** Runs `work` in a transaction of the owner; with `snapshot`, all of it sees one moment. */
  transact<T>(work: (tx: OwnerTx) => Promise<T>, options?: { snapshot?: boolean }): Promise<T>;
  /** Runs `work` while no transaction of the organization runs in this cluster. Gives way to long ones, again and again, up to a minute. */
  transactAlone<T>(organizationId: string, work: (tx: OwnerTx) => Promise<T>): Promise<T>;
  /** Runs statements as the administrator's login, outside a transaction: roles are not the owner's. */
  administer(text: string): Promise<void>;
};

// One spelling of every value on both sides of a copy, whatever the databases' defaults are.
const SETTINGS = `set local role insula_owner; set local search_path = pg_catalog, pg_temp; set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 1`;
const LOCK_TRIES = 25;
const LOCK_WAIT = '2s';

/** Opens a connection of the owner for `work` and closes it after. */
export async function withOwner<T>(cluster: Cluster, work: (owner: Owner) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    ...cluster.connection,
    application_name: 'insula-owner',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  client.on('error', () => {}); // the next query says it
  await client.connect();
  try {
    return await work(ownerOn(client, cluster));
  } finally {
    await client.end().catch(() => {});
  }
}

function ownerOn(client: pg.Client, cluster: Cluster): Owner {
  async function transact<T>(work: (tx: OwnerTx) => Promise<T>, options: { snapshot?: boolean } = {}) {
    const isolation = options.snapshot ? ' isolation level repeatable read' : '';
    await client.query(`begin${isolation}; ${SETTINGS}; set local lock_timeout = '60s'`);
    try {
      const result = await work(client as unknown as OwnerTx);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    }
  }

  async function transactAlone<T>(organizationId: string, work: (tx: OwnerTx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      let entered = false;
      try {
        return await transact(async (tx) => {
          await tx.query(`set local lock_timeout = '${LOCK_WAIT}'; select ${exclusiveLock(organizationId)}`);
          await tx.query("set local lock_timeout = '60s'");
          entered = true;
          return work(tx);
        });
      } catch (error) {
        if (entered || (error as { code?: string }).code !== '55P03' || attempt >= LOCK_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  return { cluster, transact, transactAlone, administer: async (text) => void (await client.query(text)) };
}
