import { expect, test } from 'vitest';
import { MONTH } from '../../../platform/limits/index.ts';
import { limitationsOf } from './limitations-of.ts';
import { limitsOf, windowsOf } from './limits-of.ts';

const organizationId = '01a202c1-50cc-72cd-95e9-e4ffba9ed8b2';

test('the configuration only tightens what the plan allows', () => {
  const minute = (requests_per_minute: number | null) =>
    windowsOf(limitsOf('starter', { requests_per_minute }), 'requests')[0];
  expect(minute(1_000_000)).toEqual({ seconds: 60, limit: 100 });
  expect(minute(5)).toEqual({ seconds: 60, limit: 5 });
  expect(minute(null)).toEqual({ seconds: 60, limit: 100 });
});

test('a custom plan is unlimited until the configuration says otherwise', () => {
  expect(limitsOf('custom', {})).toEqual({});
  expect(windowsOf(limitsOf('custom', { requests_per_day: 7 }), 'requests')).toEqual([
    { seconds: 86_400, limit: 7 },
  ]);
});

test.each([
  ['free', 1_000, 5],
  ['starter', 10_000, 20],
  ['pro', 100_000, 50],
  ['enterprise', undefined, 100],
])('the plan %s allows %s requests a month and %s at once', (plan, month, atOnce) => {
  const limits = limitsOf(plan, {});
  expect(windowsOf(limits, 'requests').find(({ seconds }) => seconds === MONTH)?.limit).toBe(month);
  expect(limits.concurrent_requests).toBe(atOnce);
});

test('key, workspace and organization are counted apart, and tokens apart from requests', () => {
  const limits = { requests_per_minute: 3, tokens_per_day: 9, concurrent_requests: 2 };
  const places = [['caller', 'k'], ['workspace', 'k'], ['organization']];
  const keys = places.flatMap((parts) => {
    const { limited, caps } = limitationsOf('organization', { organizationId, parts }, limits);
    return [...limited.map(({ subject }) => subject.key), ...caps.map(({ key }) => key)];
  });
  expect(new Set(keys).size).toBe(9);
});
