// Sweeps every input with what nobody should send: each is refused in words, and nothing brings the server to a 5xx.
import { isSurface } from '@insula/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeInput, requestOf } from './inputs.ts';
import { openSweepGround, type SweepGround } from './open-sweep-ground.ts';
import { type Endpoint, paramsOf } from './read-endpoints.ts';
import { listFields, putAt } from './shape-fields.ts';
import type { Things } from './things.ts';

let ground: SweepGround;
let things: Things;
let doomed: Things;
let tokens: { operator: string; admin: string };

beforeAll(async () => {
  ground = await openSweepGround();
  const furnished = await ground.furnish(await ground.newHome(), 'hostile');
  const admin = await ground.enliven(furnished);
  things = { ...admin.things, session_id: furnished.session_id };
  // What an operator may do to an organization is tried on another one, which may be suspended or deleted meanwhile.
  doomed = await ground.furnish(await ground.newHome(), 'doomed');
  tokens = { operator: await ground.signInOperator(), admin: admin.token };
});
afterAll(() => ground.close());

type Sent = { body?: string; type?: string; path?: string; headers?: Record<string, string> };

const inputOf = (endpoint: Endpoint) =>
  makeInput(endpoint, endpoint.meta.permission?.startsWith('platform:') ? doomed : things);

async function send(endpoint: Endpoint, sent: Sent = {}) {
  const request = requestOf(endpoint, inputOf(endpoint));
  const token = endpoint.meta.permission?.startsWith('platform:') ? tokens.operator : tokens.admin;
  const body = endpoint.method === 'GET' ? undefined : (sent.body ?? request.body);
  const answer = await fetch(ground.url + (sent.path ?? request.path), {
    method: endpoint.method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': sent.type ?? 'application/json' }),
      ...(endpoint.meta.public ? {} : { authorization: `Bearer ${token}` }),
      ...sent.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Tries every endpoint that `takes` with each of what `make` makes of it; answers what was not refused as it should be. */
async function sweep(
  takes: (endpoint: Endpoint) => boolean,
  make: (endpoint: Endpoint) => Sent[],
  isRight: (status: number) => boolean,
) {
  const wrong: unknown[] = [];
  for (const endpoint of ground.each.filter(takes)) {
    for (const sent of make(endpoint)) {
      const { status, text } = await send(endpoint, sent);
      const isTried = status !== 401 || endpoint.meta.public;
      if (isTried && isRight(status) && (status < 400 || hasWords(text))) continue;
      const what = JSON.stringify(sent).slice(0, 200);
      wrong.push({ name: endpoint.name, what, status, text: text.slice(0, 200) });
    }
  }
  return wrong;
}

function hasWords(text: string): boolean {
  const body = JSON.parse(text) as { detail?: string; error?: { message?: string } };
  return (body.detail ?? body.error?.message ?? '').length > 10;
}

const hasBody = ({ method }: Endpoint) => method !== 'GET';
const isOurs = ({ meta }: Endpoint) => !isSurface(meta);
const restOf = (endpoint: Endpoint) =>
  JSON.parse(requestOf(endpoint, inputOf(endpoint)).body ?? '{}') as Record<string, unknown>;
const isRefused = (status: number) => status >= 400 && status < 500;
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('every endpoint', () => {
  it('answers 400 to a field that it does not know', async () => {
    const inBody = (one: Endpoint) => [{ body: JSON.stringify({ ...restOf(one), tenant_id: 'x' }) }];
    const wrong = await sweep(
      (one) => hasBody(one) && isOurs(one),
      inBody,
      (status) => status === 400,
    );
    const inAddress = (one: Endpoint) => {
      const { path } = requestOf(one, inputOf(one));
      return [{ path: `${path}${path.includes('?') ? '&' : '?'}tenant_id=x` }];
    };
    wrong.push(...(await sweep(isOurs, inAddress, (status) => status === 400)));
    expect(wrong).toEqual([]);
  });

  it('answers 413 to more than it takes, 415 to another type, 400 to what is no JSON object', async () => {
    const isSmall = (one: Endpoint) => hasBody(one) && isOurs(one);
    const big = ({ meta }: Endpoint) =>
      JSON.stringify({ name: 'x'.repeat(Math.max(2_000_000, meta.bodyLimit ?? 0)) });
    const wrong = [
      ...(await sweep(
        isSmall,
        (one) => [{ body: big(one) }],
        (status) => status === 413,
      )),
      ...(await sweep(
        hasBody,
        () => [
          { body: 'a=b', type: 'application/x-www-form-urlencoded' },
          { body: '{}', type: 'text/plain' },
        ],
        (status) => status === 415,
      )),
      ...(await sweep(
        hasBody,
        () =>
          ['nonsense', '[]', '"text"', '1', 'null', '{"a":', '\ufeff{}x', deep(5_000)].map((body) => ({
            body,
          })),
        (status) => status === 400,
      )),
    ];
    expect(wrong).toEqual([]);
  });

  it('stays below 500 whatever the fields hold', { timeout: 400_000 }, async () => {
    const values = [
      null,
      {},
      [],
      -1,
      1e21,
      'nul\0',
      '\ud800',
      "'; select 1; --",
      'x'.repeat(70_000),
      { $gt: '' },
    ];
    const make = (endpoint: Endpoint) => {
      const rest = restOf(endpoint);
      const names = listFields(endpoint.shape)
        .map(({ path }) => path)
        .filter((path) => !paramsOf(endpoint).includes(path[0]!));
      return names.flatMap((path) =>
        values.map((value) => ({ body: JSON.stringify(putAt(rest, path, value)) })),
      );
    };
    // What ends the sweep's own session, and what asks a provider, is not tried.
    const takes = (one: Endpoint) => hasBody(one) && isOurs(one);
    expect(await sweep(takes, make, (status) => status < 500)).toEqual([]);
  });

  it('stays below 500 whatever address and headers hold', { timeout: 400_000 }, async () => {
    const odd = [
      'x',
      "'",
      '%00',
      '%ff',
      '..%2f..',
      '0'.repeat(199),
      '00000000-0000-0000-0000-000000000000',
      '%F0%9F%8F%9D',
    ];
    const inPath = (endpoint: Endpoint) =>
      paramsOf(endpoint).flatMap((name) => {
        const other = paramsOf(endpoint).reduce(
          (url, one) => (one === name ? url : url.replace(`:${one}`, String(inputOf(endpoint)[one]))),
          endpoint.url,
        );
        return odd.map((text) => ({ path: other.replace(`:${name}`, text) }));
      });
    const inQuery = (endpoint: Endpoint) => {
      const { path } = requestOf(endpoint, inputOf(endpoint));
      return Object.keys(endpoint.shape.properties ?? {})
        .filter((name) => !paramsOf(endpoint).includes(name))
        .flatMap((name) =>
          [...odd, '', '1e9', '-1', `a&${name}=b`, '9999-12-31T23:59:59-14:00'].map((text) => ({
            path: `${path.split('?')[0]}?${name}=${text}`,
          })),
        );
    };
    const headers = [
      { 'x-tenant-id': "' or 1=1" },
      { 'x-tenant-id': 'x'.repeat(5_000), 'x-workspace-id': 'y'.repeat(5_000) },
      { 'idempotency-key': 'z'.repeat(300) },
    ].map((one) => ({ headers: one, body: '{"unknown_field":1}' }));
    const isSafe = (status: number) => status < 500;
    const wrong = [
      ...(await sweep((one) => one.url.includes(':') && isOurs(one), inPath, isSafe)),
      ...(await sweep((one) => !hasBody(one), inQuery, isSafe)),
      ...(await sweep(
        (one) => hasBody(one) && isOurs(one),
        () => headers,
        isRefused,
      )),
    ];
    expect(wrong).toEqual([]);
  });
});
