// What lies in memory: each segment is read once, makes room when it is not used, and is kept while it is.
import { expect, it } from 'vitest';
import { createArena } from './create-arena.ts';
import { createShelf, type ReadSegments, ShelfTooSmall } from './create-shelf.ts';

const KILO = 1_024;
const segment = (id: string, bytes = 300 * KILO, collectionId = 'c') => ({
  organizationId: 'o',
  collectionId,
  id,
  bytes,
});

function openShelf() {
  const arena = createArena(1);
  const read: string[] = [];
  const reader: ReadSegments = async (wanted, write) => {
    for (const one of wanted) {
      read.push(one.id);
      if (one.id === 'gone') continue;
      for (let at = 0; at < one.bytes; at += KILO)
        write(one.id, new Uint8Array(KILO).fill(one.id.charCodeAt(0)));
    }
  };
  return { arena, shelf: createShelf(arena), read, reader };
}

it('a segment is read once, also by searches at the same time, and its bytes are its own', async () => {
  const { arena, shelf, read, reader } = openShelf();
  const both = await Promise.all([
    shelf.hold([segment('a'), segment('b')], reader),
    shelf.hold([segment('b')], reader),
  ]);
  expect(read.toSorted()).toEqual(['a', 'b']);
  const [first, second] = both.map((held) => held!.shelved);
  expect(first![1]).toEqual(second![0]);
  expect(new Uint8Array(arena.memory.buffer, first![0]!.address, 3)).toEqual(Uint8Array.from([97, 97, 97]));
  for (const held of both) held!.release();
});

it('what is used stays, what is not makes room, and what waits for room gets it', async () => {
  const { shelf, read, reader } = openShelf();
  const first = await shelf.hold([segment('a'), segment('b')], reader);
  (await shelf.hold([segment('c')], reader))!.release();
  let isIn = false;
  const waiting = shelf.hold([segment('d'), segment('e')], reader).then((held) => {
    isIn = true;
    return held!;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isIn).toBe(false);
  first!.release();
  (await waiting).release();
  (await shelf.hold([segment('e')], reader))!.release();
  expect(read.filter((id) => id === 'e')).toHaveLength(1);
});

it('the same id in another collection is another segment', async () => {
  const { shelf, read, reader } = openShelf();
  (await shelf.hold([segment('a')], reader))!.release();
  (await shelf.hold([segment('a', 300 * KILO, 'other')], reader))!.release();
  expect(read).toEqual(['a', 'a']);
});

it('a segment that is gone leaves nothing behind, and one search can be too large', async () => {
  const { arena, shelf, reader } = openShelf();
  expect(await shelf.hold([segment('gone')], reader)).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(arena.used()).toBe(0);
  const failing: ReadSegments = () => Promise.reject(new Error('no database'));
  await expect(shelf.hold([segment('a')], failing)).rejects.toThrow('no database');
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(arena.used()).toBe(0);
  await expect(shelf.hold([segment('a', 2_000 * KILO)], reader)).rejects.toThrow(ShelfTooSmall);
});
