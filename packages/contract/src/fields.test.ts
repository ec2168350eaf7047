import { expect, test } from 'vitest';
import { moment } from './fields.ts';

test.each([
  '2026-01-31T12:00:00Z',
  '2026-01-31T12:00:00.123+14:00',
  '2026-01-31T12:00:00-12:45',
  '0001-01-01T00:00:00Z',
])('a moment that the database can say is taken: %s', (given) => {
  expect(moment.safeParse(given).success).toBe(true);
});

test.each([
  '0236-04-22T11:44:47.9530-19:14',
  '2026-01-31T12:00:00+23:59',
  '2026-01-31T12:00:00+15:00',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-01:00',
])('a moment that it cannot say is refused before it is asked: %s', (given) => {
  expect(moment.safeParse(given).success).toBe(false);
});
