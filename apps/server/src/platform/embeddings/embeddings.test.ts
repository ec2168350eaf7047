import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmbeddings, type Embeddings } from './create-embeddings.ts';
import type { Progress } from './prepare-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'insula-embeddings-'));
const steps: Progress['step'][] = [];
let embeddings: Embeddings;
beforeAll(() => {
  embeddings = createEmbeddings({ folder, threads: 2, onProgress: ({ step }) => steps.push(step) });
});
afterAll(async () => {
  await embeddings.stop();
  rmSync(folder, { recursive: true, force: true });
});

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('local embeddings', () => {
  test('place what means the same close together, in vectors of length one', async () => {
    const [cat, kitten, tax] = await embeddings.embed([
      'A cat sits on the mat.',
      'A kitten is resting on a rug.',
      'The income tax return is due in May.',
    ]);
    expect(cat).toHaveLength(embeddings.dimensions);
    expect(dot(cat!, cat!)).toBeCloseTo(1, 4);
    expect(dot(cat!, kitten!)).toBeGreaterThan(0.5);
    expect(dot(cat!, tax!)).toBeLessThan(0.2);
  });

  test('give a text the same vector whatever stands beside it, in order', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `Sentence number ${i} about ${'things '.repeat(i)}`);
    const together = await embeddings.embed(texts);
    const alone = await Promise.all(texts.map(async (text) => (await embeddings.embed([text]))[0]!));
    for (const [i, vector] of together.entries()) expect(dot(vector, alone[i]!)).toBeCloseTo(1, 5);
  });

  test('read the first 256 tokens of a long text, and take an empty and a broken one', async () => {
    const long = 'alpha beta '.repeat(5_000);
    const [a, b, empty, broken] = await embeddings.embed([
      long,
      `${long} and more`,
      '',
      'half \ud800 a pair',
    ]);
    expect(dot(a!, b!)).toBeCloseTo(1, 5);
    for (const vector of [empty!, broken!]) expect(dot(vector, vector)).toBeCloseTo(1, 4);
  });

  test('leave one whole model file behind and nothing else, and tell what they do', () => {
    expect(readdirSync(folder)).toEqual([`${embeddings.model}.onnx`]);
    expect(new Set(steps)).toEqual(new Set(['reading', 'building', 'writing', 'ready']));
  });

  test('end a call whose caller has left, and refuse more than may wait', async () => {
    const controller = new AbortController();
    const texts = Array.from({ length: 200 }, (_, i) => `${'word '.repeat(200)}${i}`);
    const long = embeddings.embed(texts, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(long).rejects.toThrow('gone');
    const narrow = createEmbeddings({ folder, threads: 1, maxWaiting: 3 });
    const first = narrow.embed(['a', 'b']);
    await expect(narrow.embed(['c', 'd'])).rejects.toMatchObject({ code: 'embeddings_busy' });
    expect(await first).toHaveLength(2);
    expect(await narrow.embed(['c', 'd', 'e'])).toHaveLength(3);
    await narrow.stop();
  });

  test('let threads go that have nothing to do, and start again', async () => {
    const idle = createEmbeddings({ folder, threads: 1, idleMs: 20 });
    const [before] = await idle.embed(['again']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [after] = await idle.embed(['again']);
    expect(dot(before!, after!)).toBeCloseTo(1, 5);
    await idle.stop();
  });

  test('say what to do where the model cannot run', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'insula-embeddings-'));
    writeFileSync(join(broken, `${embeddings.model}.onnx`), 'no model');
    const none = createEmbeddings({ folder: broken, threads: 1 });
    await expect(none.embed(Array.from({ length: 20 }, String))).rejects.toMatchObject({
      code: 'embeddings_unavailable',
    });
    rmSync(broken, { recursive: true });
  });
});
