import { expect, test } from 'vitest';
import { isSound, judgeLedger, type LedgerRow } from './read-ledger.ts';

const row = (id: string, phase: number, more: Partial<LedgerRow> = {}): LedgerRow => ({
  id,
  attempt: 1,
  provider: 'openai',
  phase,
  usage_source: phase === 1 ? 'provider' : 'estimated',
  cost_micros: '7',
  status: 200,
  failure: null,
  ...more,
});
const sound = [row('a', 0), row('a', 1), row('b', 0), row('b', 2)];
const seen = { answered: ['a'], reached: ['a', 'b'] };

test('a sound ledger is called sound', () => {
  expect(isSound(judgeLedger(sound, seen))).toBe(true);
});

test('a proof in which nothing was answered proves nothing', () => {
  expect(isSound(judgeLedger([], { answered: [], reached: [] }))).toBe(false);
});

test.each([
  ['an answered call without settlement', sound.filter((r) => !(r.id === 'a' && r.phase === 1)), 'unsettled'],
  ['a call settled twice', [...sound, row('a', 2)], 'settledTwice'],
  [
    'an answered call that was only swept',
    sound.map((r) => (r.id === 'a' && r.phase === 1 ? row('a', 2) : r)),
    'sweptThoughAnswered',
  ],
  [
    'an orphan that is not estimated',
    sound.map((r) => (r.phase === 2 ? { ...r, usage_source: 'provider' } : r)),
    'sweptWrongly',
  ],
  [
    'an orphan without a price',
    sound.map((r) => (r.phase === 2 ? { ...r, cost_micros: null } : r)),
    'sweptWrongly',
  ],
  ['an intent left open', sound.filter((r) => r.phase !== 2), 'open'],
  ['a call that reached the provider without intent', sound.filter((r) => r.id !== 'b'), 'withoutIntent'],
  ['an earlier attempt left open', [...sound, row('a', 0, { attempt: 2 })], 'open'],
  [
    'an earlier attempt settled twice',
    [...sound, ...[0, 1, 1].map((phase) => row('a', phase, { attempt: 2 }))],
    'settledTwice',
  ],
] as const)('%s is found', (_name, rows, where) => {
  const verdict = judgeLedger([...rows], seen);
  expect(verdict[where]).toBe(1);
  expect(isSound(verdict)).toBe(false);
});

test('a second request of a call needs a second intent', () => {
  expect(judgeLedger(sound, { ...seen, reached: ['a', 'a', 'b'] }).withoutIntent).toBe(1);
  expect(judgeLedger(sound, { answered: ['a'], reached: [], counted: { openai: 3 } }).withoutIntent).toBe(1);
});
