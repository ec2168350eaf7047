// A scratch database on the PostgreSQL server that TEST_DATABASE_URL (or DATABASE_URL) names, for proofs with several servers.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export type Scratch = { url: string; drop(): Promise<void> };

/** Makes an empty database; `drop` removes it with whoever is connected to it. */
export async function makeDatabase(purpose: string): Promise<Scratch> {
  const server = process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL;
  if (!server) throw new Error('Set TEST_DATABASE_URL to a PostgreSQL server whose role may make databases.');
  const name = `insula_${purpose}_${randomBytes(5).toString('hex')}`;
  const run = async (statement: string) => {
    const client = new pg.Client(server);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await run(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`drop database if exists ${name} with (force)`) };
}
