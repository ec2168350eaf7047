// No route is past the sweeps: whatever the server listens to is an endpoint of the contract, or one of a few named here.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSweepGround, type SweepGround } from './open-sweep-ground.ts';

/** What is no endpoint of the contract, and shows nothing of any organization. */
const others: Record<string, string> = {
  '/': 'leads to the documentation',
  '/docs': 'the documentation',
  '/docs/scalar.js': 'the documentation',
  '/docs/start.js': 'the documentation',
  '/openapi.json': 'the contract',
  '/ping': 'whether the server lives',
  '/healthz': 'whether the server lives',
  '/readyz': 'whether it is to be sent requests',
  '/metrics': 'figures without a tenant, for this machine or the bearer of a token',
  '/health': 'whether the server and what it stands on live',
  '/health/agent': 'whether the server and what it stands on live',
  '/v1/health': 'whether the server and what it stands on live',
  '/api/v1/health': 'whether the server and what it stands on live',
};

let ground: SweepGround;
beforeAll(async () => {
  ground = await openSweepGround();
});
afterAll(() => ground.close());

/** Every `METHOD address` in the tree that the router prints. */
function listRoutes(tree: string): string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', path = '', methods = ''] = /^([│├└─ ]*)(\S+)(?: \(([A-Z, ]+)\))?/.exec(line) ?? [];
    if (path === '') return [];
    const depth = indent.length / 4 - 1;
    const parent = above[depth - 1] ?? '';
    const url = path === '*' ? `${parent}/*` : parent + path;
    above[depth] = url;
    return methods
      .split(', ')
      .filter(Boolean)
      .map((method) => `${method} ${url}`);
  });
}

it('every route of the server is an endpoint of the contract, or known for what it is', () => {
  const swept = new Set(
    ground.endpoints.map(({ method, url }) => `${method} ${url.replace(/:model$/, '*')}`),
  );
  const mounted = listRoutes(ground.app.http.printRoutes({ commonPrefix: false })).filter(
    (route) => !route.startsWith('HEAD '),
  );
  expect(mounted.length).toBeGreaterThan(200);
  const unknown = mounted.filter((route) => !swept.has(route) && !(route.split(' ')[1]! in others));
  expect(unknown).toEqual([]);
  expect([...swept].filter((route) => !mounted.includes(route))).toEqual([]);
});
