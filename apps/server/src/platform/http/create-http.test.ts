// What every connection and every address is answered, whatever routes there are.
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { createHttp } from './create-http.ts';

async function listen() {
  const app = createHttp({ log: createLog('fatal'), allowedHosts: '*' });
  app.get('/slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { done: true };
  });
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

it('stops with the last answer, without waiting for connections that nobody uses', async () => {
  const { app, url } = await listen();
  const silent = connect(Number(new URL(url).port), '127.0.0.1');
  const ended = new Promise((resolve) => silent.once('close', resolve));
  await new Promise((resolve) => silent.once('connect', resolve));
  const underWay = fetch(`${url}/slow`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const start = performance.now();
  await app.close();
  expect(performance.now() - start).toBeLessThan(5_000);
  await ended;
  expect(await (await underWay).json()).toEqual({ done: true });
});

it('answers an address that cannot be decoded as a problem, with the id of the request', async () => {
  const { app, url } = await listen();
  const answer = await fetch(`${url}/%ff`);
  const body = (await answer.json()) as { requestId: string };
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    400,
    'application/problem+json; charset=utf-8',
  ]);
  expect(body).toMatchObject({ code: 'invalid_request', requestId: answer.headers.get('x-request-id') });
  await app.close();
});
