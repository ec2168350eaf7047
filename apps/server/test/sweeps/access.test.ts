// Sweeps every mounted route: nobody without a credential, and nobody without the permission, gets past the door.
import { connect } from 'node:net';
import { isSurface } from '@insula/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeInput, requestOf } from './inputs.ts';
import { openSweepGround, type SweepGround } from './open-sweep-ground.ts';
import type { Endpoint } from './read-endpoints.ts';
import type { Things } from './things.ts';

let ground: SweepGround;
let things: Things;
/** A member without any role in a workspace, and so without any permission. */
let eve: string;

beforeAll(async () => {
  ground = await openSweepGround();
  const home = await ground.newHome();
  things = await ground.furnish(home, 'access');
  eve = (await ground.signIn(await ground.join(home, 'guest'))).access_token;
});
afterAll(() => ground.close());

const isClosed = ({ meta }: Endpoint) => !meta.public;
const json = { 'content-type': 'application/json' };

async function call(endpoint: Endpoint, headers: Record<string, string>) {
  const { method, path, body } = requestOf(endpoint, makeInput(endpoint, things));
  const answer = await fetch(ground.url + path, {
    method,
    headers: { ...(body === undefined ? {} : json), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: await answer.json() };
}

function expectShape(endpoint: Endpoint, answer: Awaited<ReturnType<typeof call>>): void {
  if (isSurface(endpoint.meta)) {
    expect(answer.type).toContain('application/json');
    const own =
      endpoint.meta.protocol === 'openai' ? { error: { code: expect.any(String) } } : { type: 'error' };
    const error = { message: expect.any(String), type: expect.any(String) };
    expect(answer.body).toMatchObject({ error });
    expect(answer.body).toMatchObject(own);
  } else {
    expect(answer.type).toContain('application/problem+json');
    const { status } = answer;
    expect(answer.body).toMatchObject({ status, detail: expect.any(String), requestId: expect.any(String) });
  }
}

describe('every route', () => {
  it('answers 401 to a call without a credential, in the words of its protocol', async () => {
    for (const endpoint of ground.endpoints.filter(isClosed)) {
      const answer = await call(endpoint, {});
      expect([endpoint.name, endpoint.url, answer.status]).toEqual([endpoint.name, endpoint.url, 401]);
      expectShape(endpoint, answer);
    }
  });

  it('answers 401 to credentials that are empty, doubled or of nobody', async () => {
    const forged = `insula_live_${'0'.repeat(62)}`;
    for (const endpoint of ground.each.filter(isClosed)) {
      for (const authorization of [
        'Bearer',
        'Bearer null',
        'Basic YTpi',
        `Bearer ${forged}`,
        `Bearer ${eve}x`,
      ])
        expect([endpoint.name, authorization, (await call(endpoint, { authorization })).status]).toEqual([
          endpoint.name,
          authorization,
          401,
        ]);
    }
  });

  it('refuses before a byte of the body is read', async () => {
    for (const endpoint of ground.each.filter((one) => isClosed(one) && one.method !== 'GET')) {
      const { path } = requestOf(endpoint, makeInput(endpoint, things));
      expect([endpoint.name, await firstLine(endpoint.method, path)]).toEqual([
        endpoint.name,
        'HTTP/1.1 401 Unauthorized',
      ]);
    }
  });

  it('answers 403, or 404 outside of sight, to a member without the permission', async () => {
    for (const endpoint of ground.endpoints.filter(({ meta }) => meta.permission)) {
      const answer = await call(endpoint, { authorization: `Bearer ${eve}` });
      const refused = isSurface(endpoint.meta) ? [400, 403, 404] : [403, 404];
      expect(refused, `${endpoint.name} ${endpoint.url}: ${JSON.stringify(answer.body)}`).toContain(
        answer.status,
      );
      expectShape(endpoint, answer);
    }
  });
});

/** Announces a body of a megabyte, sends none of it, and waits for the answer's first line. */
function firstLine(method: string, path: string): Promise<string> {
  const { hostname, port } = new URL(ground.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `${method} ${path} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n`,
      );
    });
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer while the body was waited for')));
    socket.once('data', (chunk) => {
      resolve(String(chunk).split('\r\n')[0]!);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
