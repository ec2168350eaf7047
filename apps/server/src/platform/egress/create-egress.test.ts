import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createEgress, type EgressOptions, type Lookup } from './index.ts';

const servers: Server[] = [];
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function serve(listener: RequestListener, address = '127.0.0.1'): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}

function open(
  allowPrivate: Partial<EgressOptions['allowPrivate']>,
  options: Partial<EgressOptions> & { lookup?: Lookup } = {},
) {
  const { lookup, ...rest } = options;
  const egress = createEgress(
    { ...rest, allowPrivate: { hosts: [], cidrs: [], loopback: false, ...allowPrivate } },
    lookup ? { lookup } : {},
  );
  closers.push(egress.close);
  return egress;
}

/** Answers one list of addresses after the other; the last one stays. */
function answering(...rounds: string[][]): Lookup & { asked: () => number } {
  let asked = 0;
  const lookup: Lookup = (_host, _options, callback) => {
    const answers = rounds[Math.min(asked++, rounds.length - 1)] ?? [];
    setImmediate(() =>
      callback(
        null,
        answers.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    );
  };
  return Object.assign(lookup, { asked: () => asked });
}

describe('a call', () => {
  it('brings the whole answer of an address that the operator opened', async () => {
    const port = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () =>
        response.writeHead(201, { 'x-seen': request.headers['x-own'] }).end(`got ${body}`),
      );
    });
    const answer = await open({ loopback: true }).fetch(`http://localhost:${port}/a?b=1`, {
      method: 'POST',
      headers: { 'X-Own': 'yes', Host: 'elsewhere', 'Accept-Encoding': 'gzip' },
      body: 'hello',
    });
    expect(answer).toMatchObject({ status: 201, url: `http://localhost:${port}/a?b=1` });
    expect([answer.body.toString(), answer.headers['x-seen']]).toEqual(['got hello', 'yes']);
  });

  it('takes nothing from proxy variables of the environment', async () => {
    let proxied = 0;
    const proxy = await serve((_request, response) => {
      proxied++;
      response.end('proxy');
    });
    const port = await serve((_request, response) => response.end('direct'));
    const variables = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    for (const name of variables)
      process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${proxy}`;
    try {
      const answer = await open({ loopback: true }).fetch(`http://127.0.0.1:${port}/`);
      expect([answer.body.toString(), proxied]).toEqual(['direct', 0]);
    } finally {
      for (const name of variables) delete process.env[name];
    }
  });

  it('to a closed port is unreachable', async () => {
    await expect(open({ loopback: true }).fetch('http://127.0.0.1:1/')).rejects.toMatchObject({
      code: 'egress_unreachable',
      status: 502,
    });
  });

  it('stops when its caller stops, with the reason of the caller', async () => {
    const port = await serve(() => {});
    const call = open({ loopback: true }).fetch(`http://127.0.0.1:${port}/`, {
      signal: AbortSignal.timeout(50),
    });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('DNS rebinding', () => {
  it('gains nothing: the address that was judged is the address that is called', async () => {
    let hits = 0;
    const port = await serve((_request, response) => {
      hits++;
      response.end('inside');
    });
    const lookup = answering(['93.184.215.14'], ['127.0.0.1']);
    const egress = open({}, { lookup, allowHttp: true });
    await egress.checkUrl(`http://rebind.example:${port}/`);
    await expect(egress.fetch(`http://rebind.example:${port}/`)).rejects.toMatchObject({
      code: 'egress_refused',
    });
    expect([hits, lookup.asked()]).toEqual([0, 2]);
  });

  it('gains nothing in one connection: the name is asked once, and the socket goes to that answer', async () => {
    const port = await serve((_request, response) => response.end('pinned'), '127.0.0.2');
    const lookup = answering(['127.0.0.2'], ['127.0.0.1']);
    const egress = open({ cidrs: ['127.0.0.2/32'] }, { lookup });
    const answer = await egress.fetch(`http://rebind.example:${port}/`);
    expect([answer.body.toString(), lookup.asked()]).toEqual(['pinned', 1]);
  });

  it('gains nothing by hiding one private answer among public ones', async () => {
    const lookup = answering(['93.184.215.14', '10.0.0.1']);
    await expect(open({}, { lookup }).fetch('https://mixed.example/')).rejects.toMatchObject({
      code: 'egress_refused',
    });
  });
});

describe('a redirect', () => {
  it('is followed, with the method and body that its status asks for', async () => {
    const seen: string[] = [];
    const port = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? '-'}`);
      if (request.url === '/303') response.writeHead(303, { location: '/end' });
      if (request.url === '/307') response.writeHead(307, { location: 'end?x=1' });
      response.end();
    });
    const egress = open({ loopback: true });
    const post = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } } as const;
    await egress.fetch(`http://127.0.0.1:${port}/303`, post);
    const answer = await egress.fetch(`http://127.0.0.1:${port}/307`, post);
    expect(answer.url).toBe(`http://127.0.0.1:${port}/end?x=1`);
    expect(seen).toEqual([
      'POST /303 application/json',
      'GET /end -',
      'POST /307 application/json',
      'POST /end?x=1 application/json',
    ]);
  });

  it.each([
    'http://127.0.0.1:INSIDE/',
    '//127.0.0.1:INSIDE/',
    'http://[::ffff:7f00:1]:INSIDE/',
    'http://169.254.169.254/',
  ])('to the private %s is refused, even when the operator opened it for direct calls', async (location) => {
    let hits = 0;
    const inside = await serve((_request, response) => {
      hits++;
      response.end('inside');
    });
    const port = await serve((_request, response) =>
      response.writeHead(302, { location: location.replace('INSIDE', String(inside)) }).end(),
    );
    const call = open({ loopback: true }).fetch(`http://127.0.0.1:${port}/`);
    await expect(call).rejects.toMatchObject({ code: 'egress_refused' });
    expect(hits).toBe(0);
  });

  it.each([
    '\\\\127.0.0.1\\',
    'http://user@example.com/',
    'file:///etc/passwd',
    'http:\\\\127.0.0.1',
    'http://[::1',
  ])('to the hostile %j is refused', async (location) => {
    const port = await serve((_request, response) => response.writeHead(302, { location }).end());
    const call = open({ loopback: true }).fetch(`http://127.0.0.1:${port}/`);
    await expect(call).rejects.toMatchObject({ code: 'egress_refused' });
  });

  it('is followed a bounded number of times', async () => {
    let hits = 0;
    const port = await serve((_request, response) => {
      hits++;
      response.writeHead(302, { location: '/again' }).end();
    });
    const egress = open({ loopback: true });
    const call = egress.fetch(`http://127.0.0.1:${port}/`, { maxRedirects: 2 });
    await expect(call).rejects.toMatchObject({ facts: { reason: expect.stringContaining('more than 2') } });
    expect(hits).toBe(3);
    expect((await egress.fetch(`http://127.0.0.1:${port}/`, { maxRedirects: 0 })).status).toBe(302);
  });
});

describe('an answer', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('in %s is unpacked, and a bomb of it is cut at the bound', async (encoding, compress) => {
    const port = await serve((request, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      response.end(compress(Buffer.alloc(request.url === '/bomb' ? 64 * 2 ** 20 : 1000)));
    });
    const egress = open({ loopback: true });
    expect((await egress.fetch(`http://127.0.0.1:${port}/`)).body).toHaveLength(1000);
    const before = process.memoryUsage().arrayBuffers;
    const call = egress.fetch(`http://127.0.0.1:${port}/bomb`, { maxBytes: 2 ** 20 });
    await expect(call).rejects.toMatchObject({ code: 'egress_too_large', facts: { max_bytes: 2 ** 20 } });
    // The server's own 64 MiB may still be counted; what we unpack must not come on top of it.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(90 * 2 ** 20);
  });

  it.each([
    ['gzip', 'not gzip at all'],
    ['gzip, gzip', 'x'],
    ['constructor', 'x'],
    ['br', 'not brotli at all, either'],
  ])('that claims to be %s and is not is unreadable', async (encoding, body) => {
    const port = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    );
    const call = open({ loopback: true }).fetch(`http://127.0.0.1:${port}/`);
    await expect(call).rejects.toMatchObject({ code: 'egress_unreadable' });
  });

  it('without an end is cut at the bound', async () => {
    const port = await serve((_request, response) => {
      const pump = () => {
        while (response.write(Buffer.alloc(65536)));
      };
      response.on('drain', pump);
      pump();
    });
    const call = open({ loopback: true }).fetch(`http://127.0.0.1:${port}/`, { maxBytes: 100_000 });
    await expect(call).rejects.toMatchObject({ code: 'egress_too_large' });
  });

  it('that drips is cut when the time is over, wherever it drips', async () => {
    const drip = setInterval(() => {
      for (const piece of dripping) piece();
    }, 20);
    const dripping: (() => void)[] = [];
    const body = await serve((_request, response) => void dripping.push(() => response.write('.')));
    const redirects = await serve((_request, response) => {
      setTimeout(() => response.writeHead(302, { location: '/' }).end(), 60);
    });
    const tcp = createTcpServer((socket) => {
      socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\n');
      dripping.push(() => socket.write('x: y\r\n'));
    });
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    const head = (tcp.address() as AddressInfo).port;
    const egress = open({ loopback: true });
    for (const port of [body, redirects, head]) {
      const started = performance.now();
      const call = egress.fetch(`http://127.0.0.1:${port}/`, { timeoutMs: 300, maxRedirects: 100 });
      await expect(call).rejects.toMatchObject({ code: 'egress_timeout', status: 504 });
      expect(performance.now() - started).toBeLessThan(1500);
    }
    clearInterval(drip);
    tcp.close();
  });

  it('of a name server that never answers is not waited for', async () => {
    const egress = open({}, { lookup: () => {}, limits: { checkTimeoutMs: 100 } });
    await expect(egress.checkUrl('https://slow.example/')).rejects.toMatchObject({ code: 'egress_timeout' });
    await expect(egress.fetch('https://slow.example/', { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'egress_timeout',
    });
  });
});

describe('kept connections', () => {
  it('are one pool an origin, however it is spelled, and bounded in number', async () => {
    const port = await serve((_request, response) => response.end('ok'));
    const egress = open({ loopback: true }, { limits: { maxOrigins: 2 } });
    const first = egress.dispatcherFor(`http://127.0.0.1:${port}`);
    expect(egress.dispatcherFor(`http://0x7f.1:${port}`)).toBe(first);
    const body = await first.request({ path: '/', method: 'GET' });
    egress.dispatcherFor('https://a.example');
    egress.dispatcherFor('https://b.example');
    expect(egress.dispatcherFor(`http://127.0.0.1:${port}`)).not.toBe(first);
    // The evicted pool lets its call finish.
    expect(await body.body.text()).toBe('ok');
  });

  it('are closed with the way out, and none is opened after', async () => {
    const egress = open({ loopback: true });
    await egress.close();
    expect(() => egress.dispatcherFor('https://a.example')).toThrow('closed');
  });
});
