// Segments in memory: each is read once, under the rights of whoever searched first, and then used by those who were told of
// it by the database in a transaction of their own. Organization and collection are part of every key; what was not searched
// for longest makes room.
import type { Arena } from './create-arena.ts';

export type WantedSegment = { organizationId: string; collectionId: string; id: string; bytes: number };
/** A segment in memory; `load` names this loading of it and is never used again. */
export type Shelved = { load: number; address: number };
/** Reads segments with the rights of the asking actor and writes their bytes in order; those that are gone are left out. */
export type ReadSegments = (
  segments: readonly WantedSegment[],
  write: (id: string, bytes: Uint8Array) => void,
) => Promise<void>;
export type Held = { shelved: Shelved[]; release(): void };
export type Shelf = {
  /** Keeps segments in memory until `release`; undefined when one of them is gone. Throws ShelfTooSmall. */
  hold(segments: readonly WantedSegment[], read: ReadSegments): Promise<Held | undefined>;
  /** Bytes in use. */
  used(): number;
};

/** What one search needs is more than there is memory for. */
export class ShelfTooSmall extends Error {
  override readonly name = 'ShelfTooSmall';
  readonly bytes: number;
  constructor(bytes: number) {
    super('The segments of one search do not fit into memory together.');
    this.bytes = bytes;
  }
}

type Place = { load: number; address: number; bytes: number; users: number; filled: Promise<boolean> };
type State = {
  arena: Arena;
  /** In the order of their last use. */
  places: Map<string, Place>;
  loads: number;
  released: PromiseWithResolvers<void>;
};

const keyOf = (one: WantedSegment) => `${one.organizationId}${one.collectionId}${one.id}`;

/** Makes an empty shelf in the arena. */
export function createShelf(arena: Arena): Shelf {
  const state: State = { arena, places: new Map(), loads: 0, released: Promise.withResolvers<void>() };
  return {
    used: arena.used,
    async hold(segments, read) {
      const bytes = segments.reduce((sum, one) => sum + one.bytes, 0);
      if (bytes > arena.bytes) throw new ShelfTooSmall(bytes);
      for (;;) {
        const released = state.released.promise;
        const own = takePlaces(state, segments);
        if (own) return fill(state, { segments, ...own, read });
        if (![...state.places.values()].some(({ users }) => users > 0)) throw new ShelfTooSmall(bytes);
        await released;
      }
    },
  };
}

type Taken = {
  held: { key: string; place: Place }[];
  missing: { segment: WantedSegment; settle(filled: boolean): void }[];
};

/** Finds or makes a place for each; takes none when there is no room, for others hold the rest. */
function takePlaces(state: State, segments: readonly WantedSegment[]): Taken | undefined {
  const held: Taken['held'] = [];
  const missing: Taken['missing'] = [];
  for (const segment of segments) {
    const key = keyOf(segment);
    let place = state.places.get(key);
    state.places.delete(key);
    if (!place) {
      const address = makeRoom(state, segment.bytes);
      if (address === undefined) {
        for (const { settle } of missing) settle(false);
        letGo(state, held);
        return undefined;
      }
      const { promise: filled, resolve: settle } = Promise.withResolvers<boolean>();
      missing.push({ segment, settle });
      place = { load: ++state.loads, address, bytes: segment.bytes, users: 0, filled };
    }
    place.users++;
    state.places.set(key, place);
    held.push({ key, place });
  }
  return { held, missing };
}

function makeRoom(state: State, bytes: number): number | undefined {
  let address = state.arena.take(bytes);
  if (address !== undefined) return address;
  for (const [key, place] of state.places) {
    if (place.users > 0) continue;
    state.places.delete(key);
    state.arena.giveBack(place.address);
    address = state.arena.take(bytes);
    if (address !== undefined) return address;
  }
  return undefined;
}

async function fill(
  state: State,
  { segments, held, missing, read }: Taken & { segments: readonly WantedSegment[]; read: ReadSegments },
): Promise<Held | undefined> {
  const places = new Map(
    segments.map((one, i) => [one.id, { wanted: one.bytes, written: 0, ...held[i]!.place }]),
  );
  const isWhole = (id: string) => places.get(id)?.written === places.get(id)?.wanted;
  try {
    if (missing.length > 0)
      await read(
        missing.map(({ segment }) => segment),
        (id, bytes) => {
          const place = places.get(id);
          if (!place || place.written + bytes.length > place.wanted) return;
          new Uint8Array(state.arena.memory.buffer, place.address + place.written, bytes.length).set(bytes);
          place.written += bytes.length;
        },
      );
    for (const { segment, settle } of missing) settle(isWhole(segment.id));
    const whole = await Promise.all(held.map(({ place }) => place.filled));
    if (whole.every(Boolean))
      return {
        shelved: held.map(({ place: { load, address } }) => ({ load, address })),
        release: once(() => letGo(state, held)),
      };
  } catch (error) {
    for (const { settle } of missing) settle(false);
    letGo(state, held);
    throw error;
  }
  letGo(state, held);
  return undefined;
}

/** Gives places back; what could not be filled is forgotten with its last user. */
function letGo(state: State, held: Taken['held']): void {
  for (const { key, place } of held) {
    place.users--;
    if (place.users > 0) continue;
    void place.filled.then((filled) => {
      if (filled || place.users > 0 || state.places.get(key) !== place) return;
      state.places.delete(key);
      state.arena.giveBack(place.address);
    });
  }
  state.released.resolve();
  state.released = Promise.withResolvers<void>();
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
