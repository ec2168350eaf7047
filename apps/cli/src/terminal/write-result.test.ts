import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Output } from './shell.ts';
import { formatFor, writeResult } from './write-result.ts';

function paper(options: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  const stdout: Output = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    }),
    options,
  );
  return { stdout, text: () => written.join('') };
}

it('people get a table and programs get JSON, unless they say otherwise', () => {
  expect(formatFor(paper({ isTTY: true }), undefined)).toBe('table');
  expect(formatFor(paper(), undefined)).toBe('json');
  expect(formatFor(paper(), 'table')).toBe('table');
  expect(() => formatFor(paper(), 'yaml')).toThrow(/table or json/);
});

it('a table has as many columns as fit; what says nothing comes last', () => {
  const shell = paper({ columns: 40 });
  const row = { organization_id: 'o'.repeat(20), id: '1', note: null, name: 'Lab', long: 'x'.repeat(30) };
  writeResult(shell, { data: [row, { ...row, id: '2', name: 'Field' }], next_cursor: null }, 'table');
  expect(shell.text()).toBe(
    'ID  NAME   ORGANIZATION_ID       NOTE\n1   Lab    oooooooooooooooooooo  -\n2   Field  oooooooooooooooooooo  -\n',
  );
});

it('a name from the server cannot steer the terminal', () => {
  const shell = paper();
  writeResult(shell, { name: 'a\u001b[2Jb\u009b31mc\nd' }, 'table');
  expect(shell.text()).toBe('name  a[2Jb31mc d\n');
});

it('one thing is printed field by field, and JSON leaves nothing out', () => {
  const thing = {
    id: '1',
    rag: { top_k: 10, modes: ['a', 'b'] },
    at: '2026-11-22T09:56:23.120Z',
    gone: null,
  };
  const table = paper();
  writeResult(table, thing, 'table');
  expect(table.text()).toBe(
    'id         1\nrag.top_k  10\nrag.modes  a, b\nat         2026-11-22 09:56:23\ngone       -\n',
  );
  const json = paper();
  writeResult(json, thing, 'json');
  expect(JSON.parse(json.text())).toEqual(thing);
});
