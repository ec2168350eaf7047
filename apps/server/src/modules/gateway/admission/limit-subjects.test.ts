import { expect, test } from 'vitest';
import { limitSubjects, windowsOf } from './limit-subjects.ts';

test('the configuration only tightens what the plan allows', () => {
  expect(windowsOf('starter', { requests_per_minute: 1_000_000 })[0]).toEqual({ seconds: 60, limit: 100 });
  expect(windowsOf('starter', { requests_per_minute: 5 })[0]).toEqual({ seconds: 60, limit: 5 });
  expect(windowsOf('starter', { requests_per_minute: null })[0]).toEqual({ seconds: 60, limit: 100 });
});

test('a custom plan is unlimited until the configuration says otherwise', () => {
  expect(windowsOf('custom', {})).toEqual([]);
  expect(windowsOf('custom', { requests_per_day: 7 })).toEqual([{ seconds: 86_400, limit: 7 }]);
});

test('key and organization are counted apart', () => {
  const organizationId = '01a202c1-50cc-72cd-95e9-e4ffba9ed8b2';
  const [key, organization] = limitSubjects({
    organizationId,
    keyId: 'k',
    perMinute: 3,
    windows: [{ seconds: 60, limit: 9 }],
  });
  expect(key!.windows).toEqual([{ seconds: 60, limit: 3 }]);
  expect(organization!.windows).toEqual([{ seconds: 60, limit: 9 }]);
  expect(key!.key).not.toBe(organization!.key);
});
