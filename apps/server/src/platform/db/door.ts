// The one door to the database: every query runs in a transaction that is already narrowed to one organization and its
// workspaces. Where the organization lives is read from the database inside that transaction, so a move is never missed.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely, KyselyPlugin } from 'kysely';
import type pg from 'pg';
import { type Actor, systemActor } from '../actor.ts';
import { createWaitingRoom } from './create-waiting-room.ts';
import { openConnection } from './open-connection.ts';
import { platformPreamble, tenantPreamble } from './preambles.ts';
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
  /** How long a request waits while its organization is being moved. Default 10 s. */
  patienceMs?: number;
  /** Called when the directory proved stale, before one more try. */
  forgetCluster(organizationId: string): void;
  /** Called for each organization that a committed transaction changed. */
  changed(organizationId: string): void;
  /** After this many milliseconds the transaction is given up and its connection destroyed. */
  timeoutMs?: number;
  /** Rewrites of queries; the isolation proof strips tenant predicates with one. */
  plugins?: KyselyPlugin[];
};

export type Door = {
  /** Runs `work` in a transaction narrowed to the actor's organization and workspaces; commits when it returns. */
  as<T>(actor: Pick<Actor, 'organization_id' | 'workspaces'>, work: (tx: TenantTx) => Promise<T>): Promise<T>;
  /** Runs `work` on the directory: with the sight of one organization, or of all of them when `organizationId` is null. */
  asPlatform<T>(organizationId: string | null, work: (tx: PlatformTx) => Promise<T>): Promise<T>;
};

/** Thrown when the organization of an actor lives nowhere (deleted, or never was). */
export class NoSuchOrganization extends Error {
  override readonly name = 'NoSuchOrganization';
}

const POOLED_SCHEMA = 'tenants';
const TRIES_MAX = 5;
/** What the open transaction has told of: organizations it changes, and what it does last of all. */
type Told = { changed: Set<string>; last: Map<string, () => Promise<void>> };
const inside = new AsyncLocalStorage<Told>();

/** Says that the open transaction changes something of the organization: this server forgets it as soon as it is committed. */
export function noteChange(organizationId: string): void {
  inside.getStore()?.changed.add(organizationId);
}

/**
 * Does `work` right before the open transaction commits, once for each name. What locks rows that all transactions of an
 * organization lock is done there, and in the order of names: so no two of them wait for each other.
 */
export function beforeCommit(name: string, work: () => Promise<void>): void {
  const told = inside.getStore();
  if (!told) throw new Error('There is no open transaction to wait for.');
  told.last.set(name, work);
}

/** Opens doors on the pools given. */
export function createDoor(options: DoorOptions): Door {
  const timeoutMs = options.timeoutMs ?? 20_000;
  const run = <T>(opened: Opened, namedIn: string | undefined, work: Work<T>) =>
    runTransaction(opened.client, {
      namedIn,
      work,
      timeoutMs,
      plugins: options.plugins,
      changed: options.changed,
    });

  async function as<T>(actor: Scope, work: (tx: TenantTx) => Promise<T>): Promise<T> {
    refuseNested();
    const { organization_id: organizationId } = actor;
    for (let attempt = 1; ; attempt++) {
      await room.join(organizationId);
      const opened = await enter(options, actor);
      if (!opened) {
        await room.enter(organizationId);
        continue;
      }
      const namedIn = opened.schema === POOLED_SCHEMA ? opened.schema : undefined;
      const result = await run(opened, namedIn, work as unknown as Work<T>).catch(onceMore(attempt));
      if (result !== AGAIN) return result;
    }
  }

  const room = createWaitingRoom({
    patienceMs: options.patienceMs ?? 10_000,
    async isOpen(organizationId) {
      const opened = await enter(options, systemActor(organizationId));
      if (opened) await giveBack(opened.client);
      return opened !== undefined;
    },
  });

  async function asPlatform<T>(about: string | null, work: (tx: PlatformTx) => Promise<T>): Promise<T> {
    refuseNested();
    for (let attempt = 1; ; attempt++) {
      const opened = await open(options.poolOf('main'), platformPreamble(about));
      const result = await run(opened, 'platform', work as unknown as Work<T>).catch(onceMore(attempt));
      if (result !== AGAIN) return result;
    }
  }

  return { as, asPlatform };
}

type Scope = Pick<Actor, 'organization_id' | 'workspaces'>;

/** Opens the transaction; undefined while the organization is being moved or is not where it was thought to be. */
async function enter(options: DoorOptions, actor: Scope): Promise<Opened | undefined> {
  const cluster = await options.clusterOf(actor.organization_id);
  if (cluster === undefined) throw new NoSuchOrganization(actor.organization_id);
  const opened = await open(options.poolOf(cluster), tenantPreamble(actor));
  if (opened.isFree && opened.schema !== undefined) return opened;
  await giveBack(opened.client);
  if (opened.isFree) options.forgetCluster(actor.organization_id);
  return undefined;
}

type Opened = { client: pg.PoolClient; schema: string | undefined; isFree: boolean };
type Answer = { free?: boolean; schema_name?: string };
type Work<T> = (tx: Kysely<unknown>) => Promise<T>;

// A connection that breaks tells its query, and then everybody: unheard, that would end the process.
const hear = () => {};

async function open(pool: pg.Pool, preamble: string): Promise<Opened> {
  const client = await pool.connect();
  client.on('error', hear);
  try {
    const answers = (await client.query(preamble)) as unknown as pg.QueryResult<Answer>[];
    const isFree = answers[1]?.rows[0]?.free !== false;
    return { client, schema: answers.at(-1)?.rows[0]?.schema_name, isFree };
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function giveBack(client: pg.PoolClient): Promise<void> {
  await client.query('rollback').then(
    () => letGo(client, undefined),
    () => letGo(client, true),
  );
}

function letGo(client: pg.PoolClient, broken: Error | true | undefined): void {
  if (!broken) client.off('error', hear);
  client.release(broken);
}

type RunOptions<T> = {
  namedIn: string | undefined;
  work: Work<T>;
  timeoutMs: number;
  plugins: KyselyPlugin[] | undefined;
  changed: DoorOptions['changed'];
};

async function runTransaction<T>(
  client: pg.PoolClient,
  { namedIn, work, timeoutMs, plugins, changed }: RunOptions<T>,
): Promise<T> {
  const connection = openConnection(client, namedIn, plugins);
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
    const told: Told = { changed: new Set(), last: new Map() };
    const result = await inside.run(told, () => workToTheLast(told, () => work(connection.tx)));
    connection.close();
    const { command } = await client.query('commit');
    if (command === 'ROLLBACK')
      throw new Error('The transaction had failed before its end: an error was caught inside it.');
    told.changed.forEach(changed);
    return result;
  } catch (error) {
    connection.close();
    broken ??= await client.query('rollback').then(
      () => undefined,
      (cause: Error) => cause,
    );
    // A plan from before a migration: the connection goes, and its plans with it.
    if (isStalePlan(error)) broken ??= error as Error;
    throw error;
  } finally {
    clearTimeout(timer);
    client.off('error', onError);
    letGo(client, broken);
  }
}

async function workToTheLast<T>({ last }: Told, work: () => Promise<T>): Promise<T> {
  const result = await work();
  for (const name of [...last.keys()].sort()) await last.get(name)!();
  return result;
}

const AGAIN = Symbol('once more');
const codeOf = (error: unknown) => (error as { code?: string }).code;
const isStalePlan = (error: unknown) => codeOf(error) === '0A000';
const isDeadlock = (error: unknown) => codeOf(error) === '40P01';

/**
 * Lets a transaction be tried once more that met a plan from before a migration, or that the database gave up because two
 * waited for each other: nothing of it was committed.
 */
function onceMore(attempt: number): (error: unknown) => typeof AGAIN {
  return (error) => {
    if (attempt < TRIES_MAX && (isStalePlan(error) || isDeadlock(error))) return AGAIN;
    throw error;
  };
}

function refuseNested(): void {
  if (inside.getStore())
    throw new Error('Already inside a transaction: pass its tx instead of opening another door.');
}

function destroySocket(client: pg.PoolClient, reason: Error): void {
  (
    client as unknown as { connection: { stream: { destroy(error: Error): void } } }
  ).connection.stream.destroy(reason);
}
