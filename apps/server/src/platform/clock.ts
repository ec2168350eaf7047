// Time as a dependency: tests stand it still.

export type Clock = { now(): number };

/** Milliseconds since the epoch, from the machine. */
export const systemClock: Clock = { now: () => Date.now() };
