import { gunzipSync } from 'node:zlib';
import { contract } from '@insula/contract';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { addDocs } from './add-docs.ts';
import { createHttp } from './create-http.ts';

describe('the documentation of the API', () => {
  let http: FastifyInstance;
  let url: string;
  beforeAll(async () => {
    http = createHttp({ log: createLog('fatal'), allowedHosts: '*' });
    addDocs(http, contract);
    url = await http.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => http.close());

  it('is sent once: the second time, the browser is told that nothing changed', async () => {
    const first = await fetch(`${url}/openapi.json`);
    expect(((await first.json()) as { openapi: string }).openapi).toMatch(/^3\.1/);
    const etag = first.headers.get('etag')!;
    const second = await fetch(`${url}/openapi.json`, { headers: { 'if-none-match': etag } });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
  });

  it('comes from this server alone, under a policy that lets nothing else in', async () => {
    const answer = await fetch(`${url}/docs`);
    const policy = answer.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/https?:|\*/);
    const page = await answer.text();
    expect(page).not.toMatch(/https?:\/\//);
    const wanted = [...page.matchAll(/src="([^"]+)"/g)].map((match) => match[1]!);
    expect(wanted.length).toBeGreaterThan(1);
    for (const src of wanted) {
      const script = await fetch(url + src);
      expect([script.status, script.headers.get('content-type')]).toEqual([
        200,
        'text/javascript; charset=utf-8',
      ]);
      expect((await script.arrayBuffer()).byteLength).toBeGreaterThan(50);
    }
  });

  it('is packed for whoever can unpack it, and only for them', async () => {
    const plain = await http.inject({ url: '/openapi.json' });
    const packed = await http.inject({ url: '/openapi.json', headers: { 'accept-encoding': 'gzip' } });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
  });
});
