// The embedded database as its many connections see it: the real driver, a real socket, one session behind it.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Embedded, startEmbedded } from './start-embedded.ts';

const silent = { info() {}, error() {} };
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
let embedded: Embedded;
let pool: pg.Pool;

beforeAll(async () => {
  embedded = await startEmbedded({
    dataDir: 'memory',
    log: silent,
    limits: { maxMessageBytes: MAX_MESSAGE_BYTES, idleInTransactionMs: 1_500 },
  });
  pool = new pg.Pool({ ...embedded.connection, max: 8 });
  pool.on('error', () => {});
});
afterAll(async () => {
  await pool.end();
  await embedded.stop();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client(embedded.connection);
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function withClients<T>(count: number, work: (clients: pg.Client[]) => Promise<T>): Promise<T> {
  const clients = await Promise.all(Array.from({ length: count }, connect));
  try {
    return await work(clients);
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}

/** The socket under a client, to be cut without a word. */
function cut(client: pg.Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

const count = async (table: string) =>
  Number((await pool.query<{ n: string }>(`select count(*) as n from ${table}`)).rows[0]!.n);

describe('connections do not meet', () => {
  test('eight connections with parameters of 300 kB get only their own rows', async () => {
    let foreign = 0;
    await withClients(8, (clients) =>
      Promise.all(
        clients.map(async (client) => {
          for (let round = 0; round < 12; round++) {
            const sent = randomBytes(150_000).toString('hex');
            const { rows } = await client.query('select $1::text as value, length($1) as size', [sent]);
            if (rows.length !== 1 || rows[0].value !== sent || rows[0].size !== 300_000) foreign++;
          }
        }),
      ),
    );
    expect(foreign).toBe(0);
  });

  test('transactions of different connections never interleave', async () => {
    await pool.query('create table steps (id bigserial primary key, transaction int, step int)');
    await Promise.all(
      Array.from({ length: 60 }, async (_, transaction) => {
        const client = await pool.connect();
        await client.query('begin');
        for (let step = 0; step < 4; step++) {
          await client.query('insert into steps (transaction, step) values ($1, $2)', [transaction, step]);
        }
        await client.query(transaction % 5 === 0 ? 'rollback' : 'commit');
        client.release();
      }),
    );
    const { rows } = await pool.query<{ transaction: number; step: number }>(
      'select transaction, step from steps order by id',
    );
    expect(rows).toHaveLength(48 * 4);
    for (const [at, row] of rows.entries()) {
      expect(row.step).toBe(at % 4);
      expect(row.transaction).toBe(rows[at - (at % 4)]!.transaction);
    }
  });

  test('named statements of two connections with one name do not collide, and leave with their connection', async () => {
    await withClients(2, async ([ann, bob]) => {
      for (let round = 0; round < 3; round++) {
        const a = await ann!.query({ name: 'same', text: 'select $1::int + 1 as n', values: [round] });
        const b = await bob!.query({ name: 'same', text: "select $1::text || '!' as n", values: ['bob'] });
        expect([a.rows[0].n, b.rows[0].n]).toEqual([round + 1, 'bob!']);
      }
      expect(await count('pg_prepared_statements')).toBe(2);
    });
    await expect.poll(() => count('pg_prepared_statements')).toBe(0);
  });

  test('settings of a transaction end with it', async () => {
    await withClients(2, async ([ann, bob]) => {
      await ann!.query("begin; select set_config('app.organization', 'ann', true)");
      await ann!.query('commit');
      const { rows } = await bob!.query("select current_setting('app.organization', true) as value");
      expect(rows[0].value || null).toBeNull();
    });
  });

  test('what would change the session for everybody is refused, and the transaction fails as it does in PostgreSQL', async () => {
    const client = await connect();
    await expect(client.query("set search_path to 'elsewhere'")).rejects.toMatchObject({ code: '0A000' });
    await client.query('begin');
    await expect(client.query({ name: 'leak', text: 'reset role' })).rejects.toMatchObject({ code: '0A000' });
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    await client.query('rollback');
    await expect(client.query('copy pg_class from stdin')).rejects.toMatchObject({ code: '0A000' });
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    await client.end();
  });

  test('only the one login exists', async () => {
    const client = new pg.Client({ ...embedded.connection, user: 'insula_app' });
    await expect(client.connect()).rejects.toMatchObject({ code: '28000' });
  });
});

describe('clients that leave', () => {
  test('a client that disconnects in a transaction leaves nothing', async () => {
    await pool.query('create table left_behind (n int)');
    const client = await connect();
    await client.query('begin');
    await client.query('insert into left_behind values (1)');
    cut(client);
    expect(await count('left_behind')).toBe(0);
  });

  test('a client that says nothing in a transaction is ended, and the others go on', async () => {
    await pool.query('create table silent (n int)');
    const client = await connect();
    const ended = once(client, 'error') as Promise<[{ code: string }]>;
    await client.query('begin; insert into silent values (1)');
    const startedAt = performance.now();
    expect(await count('silent')).toBe(0);
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
    expect((await ended)[0].code).toBe('25P03');
  });

  test('an abort storm leaves no row, no setting and no statement, and everybody else gets right answers', async () => {
    await pool.query('create table storm (n int)');
    const settings = "select current_user, current_setting('app.organization', true) as organization";
    const before = (await pool.query(settings)).rows;
    let wrong = 0;
    const storm = Array.from({ length: 150 }, async (_, n) => {
      const client = await connect();
      const stop = setTimeout(() => cut(client), (n * 7) % 40);
      try {
        await client.query(
          `begin; set local role pg_monitor; select set_config('app.organization', '${n}', true)`,
        );
        await client.query('set local role none');
        await client.query({ name: 'storm', text: 'insert into storm values ($1)', values: [n] });
        await client.query('select pg_sleep(0.001)');
        await client.query('select pg_sleep(0.001)');
        cut(client);
      } catch {
        // cut in the middle: that is the storm
      }
      clearTimeout(stop);
    });
    const calm = Array.from({ length: 300 }, async (_, n) => {
      const { rows } = await pool.query('select $1::int as n', [n]);
      if (rows[0].n !== n) wrong++;
    });
    await Promise.all([...storm, ...calm]);
    expect(wrong).toBe(0);
    expect(await count('storm')).toBe(0);
    await expect.poll(() => count("pg_prepared_statements where statement like '%storm%'")).toBe(0);
    expect((await pool.query(settings)).rows).toEqual(before);
  });
});

describe('the protocol', () => {
  test('a notification sent in a transaction is heard by another connection once it commits', async () => {
    await withClients(3, async ([listener, sender, bystander]) => {
      await listener!.query('listen changes');
      const heard: string[] = [];
      listener!.on('notification', ({ payload }) => heard.push(payload!));
      await sender!.query('begin');
      await sender!.query("select pg_notify('changes', 'first')");
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(heard).toEqual([]);
      await sender!.query('commit');
      await sender!.query("notify changes, 'second'");
      await bystander!.query('select 1');
      await expect.poll(() => heard).toEqual(['first', 'second']);
    });
  });

  test('errors of PostgreSQL arrive as they are, and the connection goes on', async () => {
    await pool.query('create table strict (n int primary key)');
    await pool.query('insert into strict values (1)');
    await expect(pool.query('insert into strict values ($1)', [1])).rejects.toMatchObject({
      code: '23505',
      constraint: 'strict_pkey',
      table: 'strict',
    });
    await expect(pool.query('select nothing')).rejects.toMatchObject({ code: '42703' });
    expect(await count('strict')).toBe(1);
  });

  test('a message, or a batch of messages, that is too large ends its own connection only', async () => {
    await withClients(3, async ([one, many, other]) => {
      const half = 'x'.repeat(MAX_MESSAGE_BYTES / 2 + 1);
      const [, , answer] = await Promise.all([
        expect(one!.query(`select '${half}${half}'`)).rejects.toMatchObject({ code: '54000' }),
        expect(many!.query(`select '${half}', $1`, [half])).rejects.toMatchObject({ code: '54000' }),
        other!.query('select length($1) as size', ['x'.repeat(MAX_MESSAGE_BYTES - 1_000)]),
      ]);
      expect(answer.rows[0].size).toBe(MAX_MESSAGE_BYTES - 1_000);
    });
  });

  test('JSON nested 100,000 deep is an error and not the end of the database', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    await expect(pool.query('select $1::jsonb', [deep])).rejects.toMatchObject({ code: '54001' });
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  test('a statement sent as unnamed is never the one of somebody else', async () => {
    const { buildMessage, endWithZero, PARSE, BIND, SYNC } = await import('./wire.ts');
    await withClients(2, async ([ann, bob]) => {
      const raw = (client: pg.Client) =>
        (client as unknown as { connection: { stream: NodeJS.WritableStream & NodeJS.ReadableStream } })
          .connection.stream;
      const none = Buffer.alloc(2);
      const answer = async (client: pg.Client, ...messages: Buffer[]) => {
        const reply = once(raw(client), 'data');
        raw(client).write(Buffer.concat([...messages, buildMessage(SYNC)]));
        return String((await reply)[0]);
      };
      const bind = buildMessage(BIND, endWithZero(''), endWithZero(''), none, none, none);
      expect(await answer(ann!, buildMessage(PARSE, endWithZero(''), endWithZero('select 1'), none))).toMatch(
        /^1/,
      );
      expect(await answer(bob!, bind)).toContain('26000');
      expect(await answer(ann!, bind)).toMatch(/^2/);
      cut(ann!);
      cut(bob!);
    });
  });

  test('a message of no known type ends its own connection only', async () => {
    const client = await connect();
    const ended = once(client, 'error') as Promise<[{ code: string }]>;
    (client as unknown as { connection: { stream: NodeJS.WritableStream } }).connection.stream.write(
      'y\0\0\0\x04',
    );
    expect((await ended)[0].code).toBe('08P01');
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  test('vectors are there', async () => {
    await pool.query('create extension if not exists vector');
    const { rows } = await pool.query("select '[1,2]'::vector <-> $1::vector as distance", ['[1,4]']);
    expect(rows[0].distance).toBe(2);
  });
});
