// Where requests of an organization wait while it is being moved: all of them on one probe, so that those who wait take
// neither connections nor time from other organizations. A wait is bounded.

/** Thrown when an organization did not get a place within the patience; answered as 503. */
export class PlaceUnavailable extends Error {
  override readonly name = 'PlaceUnavailable';
  /** PostgreSQL's "lock not available", which the edge answers as unavailable. */
  readonly code = '55P03';
}

export type WaitingRoom = {
  /** Waits together with those who wait already; resolves at once when nobody does. */
  join(organizationId: string): Promise<void>;
  /** Waits until the organization can be entered; throws `PlaceUnavailable` when patience ends. */
  enter(organizationId: string): Promise<void>;
};

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/** Makes the room; `isOpen` tells whether the organization can be entered now, and may throw when it never will. */
export function createWaitingRoom(options: {
  isOpen(organizationId: string): Promise<boolean>;
  patienceMs: number;
}): WaitingRoom {
  const probes = new Map<string, Promise<void>>();

  async function probe(organizationId: string): Promise<void> {
    const deadline = performance.now() + options.patienceMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (await options.isOpen(organizationId)) return;
      if (performance.now() > deadline)
        throw new PlaceUnavailable('The organization is being moved, or has no place.');
    }
  }

  return {
    join: (organizationId) => probes.get(organizationId) ?? Promise.resolve(),
    enter(organizationId) {
      const known = probes.get(organizationId);
      if (known !== undefined) return known;
      const probing = probe(organizationId).finally(() => probes.delete(organizationId));
      probes.set(organizationId, probing);
      return probing;
    },
  };
}
