import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Problem } from '@insula/contract';
import fc from 'fast-check';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Blobs, createBlobs, type OrganizationBlobs } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'insula-blobs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const namesOf = async (blobs: OrganizationBlobs, inside?: string) =>
  (await Array.fromAsync(blobs.list(inside))).sort();

let s3: FauxqsServer;
beforeAll(async () => {
  s3 = await startFauxqs({ port: 0, logger: false });
  s3.createBucket('files');
});
afterAll(() => s3.stop());

const openers: Record<string, () => Promise<Blobs>> = {
  disk: () => createBlobs({ kind: 'disk', folder: join(folder, 'store') }),
  s3: () =>
    createBlobs({
      kind: 's3',
      bucket: 'files',
      region: 'eu-central-1',
      endpoint: s3.address,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
};

describe.each(Object.entries(openers))('files on %s', (_kind, open) => {
  let store: Blobs;
  beforeAll(async () => {
    store = await open();
  });
  const fresh = () => store.for(randomUUID());

  it('come back byte by byte, whatever their size', async () => {
    const blobs = fresh();
    for (const size of [0, 1, 100, 4095, 4096, 70_000, 600_000, 3_000_000]) {
      const content = randomBytes(size);
      await blobs.put(`sizes/${size}`, content);
      expect((await blobs.get(`sizes/${size}`)).equals(content), String(size)).toBe(true);
      await blobs.put(`streams/${size}`, Readable.from([content.subarray(0, 10), content.subarray(10)]));
      expect(Buffer.concat(await Array.fromAsync(await blobs.open(`streams/${size}`))).equals(content)).toBe(
        true,
      );
    }
  });

  it('are replaced whole, and removed once or twice', async () => {
    const blobs = fresh();
    await blobs.put('a.txt', Buffer.from('a longer first content'));
    await blobs.put('a.txt', Buffer.from('second'));
    expect((await blobs.get('a.txt')).toString()).toBe('second');
    await blobs.remove('a.txt');
    await blobs.remove('a.txt');
    await expect(blobs.get('a.txt')).rejects.toMatchObject({ code: 'blob_not_found', status: 404 });
    await expect(blobs.open('a.txt')).rejects.toMatchObject({ code: 'blob_not_found' });
  });

  it('stay as they were when the stream of a newer one breaks', async () => {
    const blobs = fresh();
    await blobs.put('a', Buffer.from('old'));
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('half of the new');
        throw new Error('client gone');
      })(),
    );
    await expect(blobs.put('a', broken)).rejects.toThrow('client gone');
    expect((await blobs.get('a')).toString()).toBe('old');
  });

  it('are never seen half written by a reader', async () => {
    const blobs = fresh();
    const versions = [1, 2].map((byte) => Buffer.alloc(500_000, byte));
    await blobs.put('a', versions[0] as Buffer);
    let writing = true;
    const writer = (async () => {
      for (let round = 0; round < 30; round++) await blobs.put('a', versions[round % 2] as Buffer);
      writing = false;
    })();
    while (writing) {
      const seen = await blobs.get('a');
      expect(versions.some((version) => version.equals(seen))).toBe(true);
    }
    await writer;
  });

  it('that are removed while others read are there whole or not found, nothing between', async () => {
    const blobs = fresh();
    const content = randomBytes(10_000);
    for (let round = 0; round < 100; round++) {
      await blobs.put('a', content);
      const reading = Array.from({ length: 4 }, () =>
        blobs.get('a').then(
          (seen) => seen.equals(content),
          (error: Problem) => error.code === 'blob_not_found',
        ),
      );
      await blobs.remove('a');
      expect(await Promise.all(reading)).toEqual([true, true, true, true]);
    }
  });

  it('are listed by folder', async () => {
    const blobs = fresh();
    expect(await namesOf(blobs)).toEqual([]);
    for (const name of ['a', 'docs/b.pdf', 'docs/deep/c', 'docs2/d'])
      await blobs.put(name, Buffer.from(name));
    expect(await namesOf(blobs)).toEqual(['a', 'docs/b.pdf', 'docs/deep/c', 'docs2/d']);
    expect(await namesOf(blobs, 'docs')).toEqual(['docs/b.pdf', 'docs/deep/c']);
    expect(await namesOf(blobs, 'nowhere')).toEqual([]);
  });

  it('of one organization are not seen, changed or removed by another', async () => {
    const [ann, bob] = [fresh(), fresh()];
    await ann.put('same', Buffer.from('ann'));
    await bob.put('same', Buffer.from('bob'));
    expect((await ann.get('same')).toString()).toBe('ann');
    await bob.removeAll();
    expect(await namesOf(bob)).toEqual([]);
    expect(await namesOf(ann)).toEqual(['same']);
    await bob.removeAll();
  });

  it.each([
    '',
    '.',
    '..',
    '/',
    '/etc/passwd',
    '../other',
    'a/../../other',
    'a/./b',
    'a//b',
    'a/',
    '.hidden',
    'a/.hidden',
    'a.',
    'a./b',
    'a\\..\\b',
    'a\u0000b',
    'a\nb',
    ' a',
    'a b',
    'ä',
    'a%2e%2e/b',
    'a:b',
    '~/x',
    'x'.repeat(201),
    'x/'.repeat(300).slice(0, -1),
  ])('are never named %j', async (name) => {
    const blobs = fresh();
    const expected = { code: 'blob_name_invalid', status: 400 };
    await expect(blobs.put(name, Buffer.from('x'))).rejects.toMatchObject(expected);
    await expect(blobs.get(name)).rejects.toMatchObject(expected);
    await expect(blobs.remove(name)).rejects.toMatchObject(expected);
    await expect(namesOf(blobs, name)).rejects.toMatchObject(expected);
  });

  it('belong to an organization, which cannot be anything else', () => {
    const id = randomUUID();
    for (const bad of ['', '.', '..', `${id}/..`, `../${id}`, id.toUpperCase(), `${id}\n`]) {
      expect(() => store.for(bad)).toThrow(TypeError);
    }
  });

  it('are listed and removed all, however many', async () => {
    const [ann, bob] = [fresh(), fresh()];
    await bob.put('kept', Buffer.from('x'));
    for (let batch = 0; batch < 11; batch++) {
      const names = Array.from({ length: 100 }, (_, at) => `many/${batch}-${at}`);
      await Promise.all(names.map((name) => ann.put(name, Buffer.from('x'))));
    }
    expect(await namesOf(ann)).toHaveLength(1100);
    await ann.removeAll();
    expect(await namesOf(ann)).toEqual([]);
    expect(await namesOf(bob)).toEqual(['kept']);
  });

  it('of different names are different files', async () => {
    const part = fc.string({
      unit: fc.constantFrom('a', 'A', '.', '-', '_', '1', '...'),
      minLength: 1,
      maxLength: 6,
    });
    const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { maxLength: 8 }), async (names) => {
        const blobs = fresh();
        const stored: string[] = [];
        for (const one of names) {
          // A name cannot be a file and the folder of another file; the store says so, and nothing is lost.
          const kept = await blobs.put(one, Buffer.from(one)).then(
            () => true,
            () => false,
          );
          if (kept) stored.push(one);
        }
        for (const one of stored) expect((await blobs.get(one)).toString()).toBe(one);
        expect(await namesOf(blobs)).toEqual(stored.sort());
      }),
      { numRuns: 50 },
    );
  });
});

describe('the folder on disk', () => {
  it('is readable by the server alone, and keeps nothing of what a killed server was writing', async () => {
    const root = join(folder, 'own');
    mkdirSync(join(root, 'writing'), { recursive: true });
    writeFileSync(join(root, 'writing', 'half'), 'half');
    const organization = randomUUID();
    const store = await createBlobs({ kind: 'disk', folder: root });
    await store.for(organization).put('docs/a', Buffer.from('a'));
    expect(readdirSync(join(root, 'writing'))).toEqual([]);
    const file = join(root, 'organizations', organization, 'docs', 'a');
    expect([statSync(file).mode & 0o777, statSync(join(file, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
  });
});
