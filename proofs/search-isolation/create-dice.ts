// Chance that can be repeated: the same seed asks the same questions.

export type Dice = ReturnType<typeof createDice>;

/** Makes dice from a whole number (Mulberry32). */
export function createDice(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    /** From 0 up to but not including `below`. */
    number: (below: number) => Math.floor(next() * below),
    chance: (share: number) => next() < share,
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!,
    some: <T>(list: readonly T[], most: number): T[] =>
      Array.from({ length: 1 + Math.floor(next() * most) }, () => list[Math.floor(next() * list.length)]!),
  };
}
