// Which texts of SQL would change the one session that all connections share.
import { expect, test } from 'vitest';
import { findSessionState } from './refuse-session-state.ts';

test.each([
  'set search_path = x',
  'SET ROLE nobody',
  '  -- a word first\n set session characteristics as transaction read only',
  "begin; set statement_timeout = '1s'; commit",
  "select set_config('app.organization', $1, false)",
  'reset role',
  'discard all',
  'unlisten *',
  'deallocate all',
  'prepare x as select 1',
  'create temporary table t (n int)',
  'copy "a table" (n) from stdin',
])('%s is refused', (sql) => {
  expect(findSessionState(sql)).toBeDefined();
});

test.each([
  "set local lock_timeout = '5s'",
  'set transaction isolation level serializable',
  'set constraints all deferred',
  'update t set a = 1 where b = 2',
  "begin; select set_config('role', 'x', true), set_config('app.organization', 'y', true)",
  "insert into notes values ('a; set role x; it''s fine', E'\\'; reset role')",
  'create function f() returns void language plpgsql set search_path = x as $body$ begin perform 1; reset role; end $body$',
  'select 1 -- ; set role x',
  'select 1 /* ; discard all */',
  'select "set" from "a; reset role"',
  'create temp table t (n int) on commit drop',
  'copy t to stdout',
  'listen changes',
])('%s passes', (sql) => {
  expect(findSessionState(sql)).toBeUndefined();
});

test('a text of megabytes, full of quotes, is looked through without running out of stack', () => {
  const values = `insert into t values ('${"it''s ".repeat(500_000)}') on conflict do update set a = 1`;
  expect(findSessionState(values)).toBeUndefined();
  expect(findSessionState(`${values}; set role x`)).toBeDefined();
});
