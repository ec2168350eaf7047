// Memory that all search threads share, in one piece of a fixed size: segments lie in it as they came from the database. Only
// the main thread gives it out and takes it back. What was never used costs nothing.

const PAGE = 65_536;
/** Places begin at multiples of it. */
const GRAIN = 1_024;

export type Arena = {
  memory: SharedMemory;
  bytes: number;
  used(): number;
  /** The address of `bytes` free bytes, or undefined when there are not so many in one piece. */
  take(bytes: number): number | undefined;
  giveBack(address: number): void;
};

/** Makes an arena of so many megabytes, at most 4,096. */
export function createArena(megabytes: number): Arena {
  const pages = Math.min(65_536, Math.ceil((megabytes * 1_048_576) / PAGE));
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65_536, shared: true });
  const bytes = pages * PAGE;
  /** Free pieces by address; the first grain stays out of use, so that no address is 0. */
  let free = [{ address: GRAIN, bytes: bytes - GRAIN }];
  const taken = new Map<number, number>();
  let used = 0;

  return {
    memory,
    bytes: bytes - GRAIN,
    used: () => used,
    take(wanted) {
      const size = Math.max(GRAIN, Math.ceil(wanted / GRAIN) * GRAIN);
      const piece = free.find((one) => one.bytes >= size);
      if (!piece) return undefined;
      const { address } = piece;
      piece.address += size;
      piece.bytes -= size;
      if (piece.bytes === 0) free = free.filter((one) => one !== piece);
      taken.set(address, size);
      used += size;
      return address;
    },
    giveBack(address) {
      const size = taken.get(address);
      if (size === undefined) return;
      taken.delete(address);
      used -= size;
      const at = free.findIndex((one) => one.address > address);
      const place = at < 0 ? free.length : at;
      free.splice(place, 0, { address, bytes: size });
      join(free, place);
      if (place > 0) join(free, place - 1);
    },
  };
}

/** Makes one piece of two neighbours that touch. */
function join(free: { address: number; bytes: number }[], at: number): void {
  const [one, next] = [free[at]!, free[at + 1]];
  if (!next || one.address + one.bytes !== next.address) return;
  one.bytes += next.bytes;
  free.splice(at + 1, 1);
}
