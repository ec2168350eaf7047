// Stopping a server under load: what was sent is answered, and nobody is told to come back who need not be.
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { expect, test } from 'vitest';
import { openOfficeGround } from './open-office.ts';

test('no request that reached a stopping server is dropped, and streams run to their end', async () => {
  const grounds = await openOfficeGround();
  const provider = await grounds.startProvider();
  const office = await grounds.openOffice([{ provider, models: ['gpt-4o-mini', 'fake-drip', 'fake-slow'] }]);
  const pool = new Pool(grounds.url, { connections: 16, pipelining: 1 });
  const call = async (model: string, stream: boolean) => {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${office.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Salve' }] }),
    });
    const text = await body.text();
    return statusCode === 200 && (!stream || text.trimEnd().endsWith('[DONE]'));
  };
  let isOver = false;
  const outcomes: (boolean | string)[] = [];
  const loads = Array.from({ length: 12 }, async (_, i) => {
    const model = ['gpt-4o-mini', 'fake-drip', 'fake-slow'][i % 3]!;
    while (!isOver)
      outcomes.push(await call(model, i % 2 === 0).catch((error: { code: string }) => error.code));
  });
  await wait(500);
  const ready = () => fetch(`${grounds.url}/readyz`).then((answer) => answer.status);
  expect(await ready()).toBe(200);
  const drained = grounds.ground.app.drain(700);
  expect(await ready()).toBe(503);
  await wait(400);
  isOver = true; // whoever balances the load has seen /readyz by now; what is under way is finished
  const answeredWhileDraining = outcomes.length;
  await drained;
  await Promise.all([...loads, grounds.ground.app.stop()]);
  expect(outcomes.filter((one) => one !== true)).toEqual([]);
  expect(answeredWhileDraining).toBeGreaterThan(3);
  await pool.destroy();
  await Promise.all(grounds.providers.map((one) => one.stop()));
});
