// A circuit opens for what a target did, and closes for nothing less than an answer.
import { expect, test } from 'vitest';
import type { Failure, Target } from '../relay/index.ts';
import { createHealth } from './create-health.ts';

const target: Target = {
  provider: 'openai',
  credential_id: 'c',
  origin: 'http://127.0.0.1:9',
  path: '/',
  headers: {},
  upstream_model: 'm',
  priced_as: { provider: 'openai', model: 'm' },
};
const failure: Failure = { status: 500, code: 'provider_error', type: 'provider_error', message: 'broken' };

function openHealth() {
  const time = { now: 1_000_000 };
  const health = createHealth({ now: () => time.now });
  const fail = (times: number) => {
    for (let i = 0; i < times; i++) health.ended(target, { failure });
  };
  return { time, health, fail };
}

test('five failures in a row open the circuit, for longer each time; an answer between them does not let it', () => {
  const { time, health, fail } = openHealth();
  fail(4);
  health.ended(target, { answeredAfterMs: 10 });
  fail(4);
  expect(health.isOpen(target)).toBe(false);
  fail(1);
  expect([health.isOpen(target), health.openCount()]).toEqual([true, 1]);
  time.now += 5_001;
  expect(health.isOpen(target)).toBe(false);
  health.began(target);
  expect(health.isOpen(target)).toBe(true); // the others wait for the probe
  health.ended(target, { failure });
  time.now += 5_001;
  expect(health.isOpen(target)).toBe(true);
  time.now += 5_000;
  expect(health.isOpen(target)).toBe(false);
});

test('an attempt that says nothing neither mends a target nor blames it', () => {
  const { time, health, fail } = openHealth();
  fail(4);
  health.ended(target, 'nothing');
  fail(1);
  expect(health.isOpen(target)).toBe(true);
  time.now += 5_001;
  health.began(target);
  health.ended(target, 'nothing');
  expect(health.isOpen(target)).toBe(false); // free for the next probe
  health.began(target);
  health.ended(target, { failure });
  time.now += 5_001;
  expect(health.isOpen(target)).toBe(true); // still the second time, not the first anew
  expect(health.latencyOf(target)).toBeUndefined();
});

test('a limit with Retry-After opens it at once and for as long as asked, within two minutes', () => {
  const { time, health } = openHealth();
  health.ended(target, { failure: { ...failure, status: 429, retryAfter: '30' } });
  time.now += 29_000;
  expect(health.isOpen(target)).toBe(true);
  time.now += 2_000;
  expect(health.isOpen(target)).toBe(false);
});
