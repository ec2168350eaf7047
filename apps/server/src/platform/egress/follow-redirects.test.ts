import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followRedirects } from './follow-redirects.ts';

// Two origins on this machine; the rule for addresses is left out here, so that what crosses between them can be seen.
const agent = new Agent();
const find = () => agent;
const seen: Record<string, unknown>[] = [];
const servers: Server[] = [];
const origins: string[] = [];

beforeAll(async () => {
  for (const name of ['home', 'away']) {
    const server = createServer((request, response) => {
      seen.push({ ...request.headers, method: request.method, at: name, path: request.url });
      const status = Number(request.url?.slice(1, 4)) || 200;
      const back = name === 'home' ? `${origins[1]}/${request.url?.slice(5)}` : `${origins[0]}/`;
      response.writeHead(status, status === 200 ? {} : { location: back }).end('done');
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origins.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
});
afterAll(async () => {
  await agent.destroy();
  for (const server of servers) server.close();
});

const secrets = {
  authorization: 'Bearer secret-1',
  cookie: 'session=secret-2',
  'x-api-key': 'secret-3',
  'X-Some-Vendor-Token': 'secret-4',
  'proxy-authorization': 'secret-5',
  accept: 'text/plain',
};

describe('a redirect to another origin', () => {
  it('takes no credential along, whatever its header is called, and brings none back', async () => {
    seen.length = 0;
    await followRedirects(find, `${origins[0]}/302/302/`, { headers: secrets });
    expect(seen.map((request) => request.at)).toEqual(['home', 'away', 'home']);
    expect(JSON.stringify(seen[0])).toContain('secret-4');
    for (const later of seen.slice(1)) {
      expect(JSON.stringify(later)).not.toContain('secret');
      expect(later.accept).toBe('text/plain');
    }
  });

  it('never repeats a body there, but a 303 may go on without it', async () => {
    seen.length = 0;
    const post = { method: 'POST', body: 'client_secret=1', headers: secrets } as const;
    await expect(followRedirects(find, `${origins[0]}/307/`, post)).rejects.toMatchObject({
      code: 'egress_refused',
    });
    expect(seen).toHaveLength(1);
    const answer = await followRedirects(find, `${origins[0]}/303/`, post);
    expect([answer.url, seen[2]?.method, seen[2]?.['content-length']]).toEqual([
      `${origins[1]}/`,
      'GET',
      undefined,
    ]);
  });

  it('is marked as redirected for whoever opens the connection, and a way home is not', async () => {
    const asked: [string, boolean][] = [];
    const spy = (url: URL, redirected: boolean) => {
      asked.push([url.origin, redirected]);
      return agent;
    };
    await followRedirects(spy, `${origins[0]}/302/302/`);
    expect(asked).toEqual([
      [origins[0], false],
      [origins[1], true],
      [origins[0], false],
    ]);
  });
});
