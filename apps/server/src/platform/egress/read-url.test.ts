import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Problem } from '@insula/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEgress, type Lookup } from './index.ts';

// Names that somebody outside controls, and what they answer.
const names: Record<string, string[]> = {
  'public.example': ['93.184.215.14'],
  'private.example': ['10.1.2.3'],
  'metadata.example': ['169.254.169.254'],
  'loop.example': ['127.0.0.1'],
  'mixed.example': ['93.184.215.14', '192.168.1.1'],
  'mixed6.example': ['93.184.215.14', 'fe80::1'],
  'mapped.example': ['::ffff:a9fe:a9fe'],
  'zone.example': ['fe80::1%eth0'],
  localhost: ['127.0.0.1'],
  'metadata.google.internal': ['169.254.169.254'],
};
const lookup: Lookup = (host, _options, callback) => {
  const answers = (names[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  callback(null, answers);
};

const port = { value: 0 };
let hits = 0;
const server = createServer((_request, response) => {
  hits++;
  response.end('inside');
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  port.value = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

const hostile = [
  'http://127.0.0.1:PORT/',
  'https://127.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7f.0.0.1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://017700000001:PORT/',
  'http://0x7f.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://0:PORT/',
  'http://0.0.0.0:PORT/',
  'http://localhost:PORT/',
  'http://localhost.:PORT/',
  'http://LOCALHOST:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[::]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[0:0:0:0:0:ffff:7f00:0001]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[::ffff:a9fe:a9fe]/latest/meta-data/',
  'http://[::ffff:169.254.169.254]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[64:ff9b::10.0.0.1]/',
  'http://[64:ff9b:1::a9fe:a9fe]/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
  'http://[fe80::1]/',
  'http://[fe80::1%25eth0]/',
  'http://[fe80::1%eth0]/',
  'http://[fec0::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://[ff02::1]/',
  'http://[2001:db8::1]/',
  'http://[100::1]/',
  'http://[4000::1]/',
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://169.254.43518/',
  'http://100.100.100.200/',
  'http://168.63.129.16/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.0.1/',
  'http://100.64.0.1/',
  'http://192.0.0.192/',
  'http://198.18.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://１２７.０.０.１:PORT/',
  'http://①②⑦.⓪.⓪.①:PORT/',
  'http://127。0。0。1:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http:\\\\127.0.0.1:PORT\\',
  'https://public.example\\@127.0.0.1:PORT/',
  'https://127.0.0.1:PORT\\@public.example/',
  'https://public.example@127.0.0.1:PORT/',
  'https://user:secret@public.example/',
  'https://@public.example/',
  'https://public.example:443@127.0.0.1:PORT/',
  'https://public.example#@127.0.0.1:PORT\\',
  'http:/127.0.0.1:PORT/',
  'http:127.0.0.1:PORT/',
  'http:///127.0.0.1:PORT/',
  ' http://127.0.0.1:PORT/',
  'http://127.0.0.1:PORT/ ',
  'ht\ntp://127.0.0.1:PORT/',
  'http://127.0.\t0.1:PORT/',
  'http://127.0.0.1\u0000.public.example/',
  'https://public.example/\r\nHost: inside',
  'https://public.example:0/',
  'https://public.example:99999/',
  'https://public.example./',
  'http://public.example/',
  'https://private.example/',
  'http://private.example/',
  'https://metadata.example/',
  'http://metadata.google.internal/',
  'https://loop.example:PORT/',
  'https://mixed.example/',
  'https://mixed6.example/',
  'https://mapped.example/',
  'https://zone.example/',
  'ftp://public.example/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:PORT/_x',
  'data:text/plain,x',
  'javascript:alert(1)',
  'unix:/var/run/docker.sock',
  'blob:https://public.example/1',
  'ws://127.0.0.1:PORT/',
  '//127.0.0.1:PORT/',
  '',
  'https://',
  'https://[::1',
  `https://public.example/${'a'.repeat(5000)}`,
];

describe('a hostile spelling of an address', () => {
  const egress = createEgress({ allowPrivate: { hosts: [], cidrs: [], loopback: false } }, { lookup });
  afterAll(() => egress.close());
  const at = (text: string) => text.replace('PORT', String(port.value));

  it('is one of at least sixty tried', () => expect(new Set(hostile).size).toBeGreaterThan(60));

  it.each(hostile)('%j is refused when saved and when called', async (text) => {
    await expect(egress.checkUrl(at(text))).rejects.toMatchObject({ code: 'egress_refused', status: 422 });
    await expect(egress.fetch(at(text))).rejects.toMatchObject({ code: 'egress_refused' });
  });

  it('reached nothing that listens on this machine', () => expect(hits).toBe(0));

  it('is refused by the connections of a relay too', async () => {
    for (const origin of [
      'http://127.0.0.1:PORT',
      'http://[::1]:PORT',
      'https://10.0.0.1',
      'https://2852039166',
    ]) {
      expect(() => egress.dispatcherFor(at(origin))).toThrow(Problem);
    }
    const relay = egress.dispatcherFor(at('https://loop.example:PORT'));
    await expect(relay.request({ path: '/', method: 'GET' })).rejects.toMatchObject({
      code: 'egress_refused',
    });
    expect(hits).toBe(0);
  });

  it('is told to the person without secrets, and without what a name resolves to inside', async () => {
    const words = async (text: string) =>
      String(await egress.checkUrl(text).catch((error: Error) => error.message));
    expect(await words('https://user:secret@public.example/')).not.toContain('secret');
    expect(await words('https://private.example/')).not.toContain('10.1.2.3');
    expect(await words('https://private.example/')).toContain('an operator of this server can allow it');
    expect(await words('https://10.1.2.3/')).toContain('RFC 1918');
    expect(await words('https://169.254.169.254/')).toContain('No setting');
  });
});

describe('a plain public address', () => {
  const egress = createEgress({ allowPrivate: { hosts: [], cidrs: [], loopback: false } }, { lookup });

  it('is accepted over https, and comes back canonical', async () => {
    expect((await egress.checkUrl('https://PUBLIC.example:443/v1?x=1#y')).href).toBe(
      'https://public.example/v1?x=1',
    );
    for (const text of ['https://8.8.8.8/', 'https://[2606:4700::1111]/', 'https://[64:ff9b::808:808]/']) {
      await expect(egress.checkUrl(text)).resolves.toBeInstanceOf(URL);
    }
  });

  it('is accepted over http only when the operator permits it', async () => {
    const lax = createEgress(
      { allowPrivate: { hosts: [], cidrs: [], loopback: false }, allowHttp: true },
      { lookup },
    );
    await expect(lax.checkUrl('http://public.example/')).resolves.toBeInstanceOf(URL);
    await expect(lax.checkUrl('http://private.example/')).rejects.toMatchObject({ code: 'egress_refused' });
  });

  it('whose name does not exist is unreachable, not refused', async () => {
    await expect(egress.checkUrl('https://nowhere.example/')).rejects.toMatchObject({
      code: 'egress_unreachable',
    });
  });
});

describe("the operator's allow-list", () => {
  const open = (allowPrivate: { hosts?: string[]; cidrs?: string[]; loopback?: boolean }) =>
    createEgress({ allowPrivate: { hosts: [], cidrs: [], loopback: false, ...allowPrivate } }, { lookup });
  const verdict = (egress: ReturnType<typeof open>, url: string) =>
    egress.checkUrl(url).then(
      () => 'open',
      (error: Problem) => error.code,
    );

  it.each([
    [{ hosts: ['private.example'] }, 'http://private.example/', 'open'],
    [{ hosts: ['Private.Example:8080'] }, 'http://private.example:8080/', 'open'],
    [{ hosts: ['private.example:8080'] }, 'http://private.example/', 'egress_refused'],
    [{ hosts: ['private.example:80'] }, 'http://private.example/', 'open'],
    [{ hosts: ['10.1.2.3'] }, 'http://10.1.2.3:1/', 'open'],
    [{ hosts: ['[::1]:11434'] }, 'http://[::1]:11434/', 'open'],
    [{ hosts: ['metadata.example'] }, 'https://metadata.example/', 'egress_refused'],
    [{ cidrs: ['10.0.0.0/8'] }, 'http://private.example/', 'open'],
    [{ cidrs: ['10.0.0.0/8'] }, 'http://192.168.1.1/', 'egress_refused'],
    [{ cidrs: ['10.0.0.0/8'] }, 'http://[::ffff:10.0.0.1]/', 'egress_refused'],
    [{ cidrs: ['10.0.0.0/8'] }, 'http://[64:ff9b::10.0.0.1]/', 'egress_refused'],
    [{ cidrs: ['0.0.0.0/0', '::/0'] }, 'http://169.254.169.254/', 'egress_refused'],
    [{ cidrs: ['0.0.0.0/0', '::/0'] }, 'http://[fd00:ec2::254]/', 'egress_refused'],
    [{ cidrs: ['0.0.0.0/0', '::/0'] }, 'http://public.example/', 'egress_refused'],
    [{ cidrs: ['fd12::/16'] }, 'http://[fd12::7]/', 'open'],
    [{ loopback: true }, 'http://localhost:11434/', 'open'],
    [{ loopback: true }, 'http://[::1]:11434/', 'open'],
    [{ loopback: true }, 'http://10.0.0.1/', 'egress_refused'],
    [{ loopback: true }, 'http://0.0.0.0/', 'egress_refused'],
  ] as const)('%j makes %s %s', async (allowed, url, expected) => {
    expect(await verdict(open(allowed as never), url)).toBe(expected);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0/8',
    'ollama',
    'fe80::1%eth0/64',
    '::/129',
    '10.0.0.0/8/8',
  ])('with the range %s does not start', (cidr) =>
    expect(() => open({ cidrs: [cidr] })).toThrow(`"${cidr}" is not a range`),
  );
});
