// What happens when this server has as many calls under way as it takes: the next ones wait, and the one that begins next is
// chosen by start-time fair queueing over organizations (Goyal, Vin, Cheng 1996). Each organization gets the share of its
// weight, whatever the others send. While there is room, nobody waits and nothing is computed but a counter.

export type FairQueueOptions = {
  /** Calls under way at once, from 1. */
  runningMax: number;
  /** Calls that wait at most, of all organizations together. */
  waitingMax: number;
  /** How long a call waits at most. */
  patienceMs: number;
};

/** Who wants to begin. `onLeave` is given what is to be called when the caller has left. */
export type Entrant = { organizationId: string; weight: number; onLeave(leave: () => void): () => void };

export type FairQueue = {
  /** A place for a call, to be given back by calling it once; undefined when there is none. A promise only when it has to wait. */
  enter(entrant: Entrant): (() => void) | Promise<(() => void) | undefined>;
  readonly stats: { running: number; waiting: number };
};

type Waiting = { start: number; organizationId: string; settle(place: boolean): void };
type Line = { weight: number; waiting: Waiting[]; lastFinish: number };
type Desk = FairQueueOptions & {
  running: number;
  waiting: number;
  /** The start tag of the call that began last: the time of this queue. */
  now: number;
  lines: Map<string, Line>;
};

/** Makes the queue of this process. */
export function createFairQueue(options: FairQueueOptions): FairQueue {
  const desk: Desk = { ...options, running: 0, waiting: 0, now: 0, lines: new Map() };
  return {
    enter(entrant) {
      if (desk.running < desk.runningMax && desk.waiting === 0) return begin(desk);
      return wait(desk, entrant);
    },
    get stats() {
      return { running: desk.running, waiting: desk.waiting };
    },
  };
}

function begin(desk: Desk): () => void {
  desk.running++;
  let over = false;
  return () => {
    if (over) return;
    over = true;
    desk.running--;
    callNext(desk);
  };
}

function wait(desk: Desk, entrant: Entrant): Promise<(() => void) | undefined> {
  const line = lineOf(desk, entrant);
  if (desk.waiting >= desk.waitingMax && !dropFromLongest(desk, line)) return Promise.resolve(undefined);
  const { promise, resolve } = Promise.withResolvers<(() => void) | undefined>();
  const start = Math.max(desk.now, line.lastFinish);
  line.lastFinish = start + 1 / entrant.weight;
  const waiting: Waiting = {
    start,
    organizationId: entrant.organizationId,
    settle(place) {
      clearTimeout(timer);
      stopListening();
      desk.waiting--;
      if (desk.waiting === 0) desk.lines.clear(); // what somebody had of a rush counts until the rush is over
      resolve(place ? begin(desk) : undefined);
    },
  };
  const giveUp = () => leave(desk, waiting);
  const timer = setTimeout(giveUp, desk.patienceMs);
  const stopListening = entrant.onLeave(giveUp);
  line.waiting.push(waiting);
  desk.lines.set(entrant.organizationId, line);
  desk.waiting++;
  return promise;
}

function lineOf(desk: Desk, { organizationId, weight }: Entrant): Line {
  const known = desk.lines.get(organizationId);
  if (known) return known;
  const line = { weight, waiting: [], lastFinish: desk.now };
  desk.lines.set(organizationId, line);
  return line;
}

/** Begins the call with the earliest start; of a line, calls begin in the order they came. */
function callNext(desk: Desk): void {
  while (desk.running < desk.runningMax && desk.waiting > 0) {
    let next: Waiting | undefined;
    for (const line of desk.lines.values()) {
      const head = line.waiting[0];
      if (head && (!next || head.start < next.start)) next = head;
    }
    if (!next) return;
    desk.now = next.start;
    takeOut(desk, next);
    next.settle(true);
  }
}

function leave(desk: Desk, waiting: Waiting): void {
  if (takeOut(desk, waiting)) waiting.settle(false);
}

function takeOut(desk: Desk, waiting: Waiting): boolean {
  const line = desk.lines.get(waiting.organizationId);
  const at = line?.waiting.indexOf(waiting) ?? -1;
  if (!line || at < 0) return false;
  line.waiting.splice(at, 1);
  return true;
}

/** When the queue is full, the line that is longest for its weight loses its last; false when that is the newcomer's own. */
function dropFromLongest(desk: Desk, newcomer: Line): boolean {
  let longest = newcomer;
  const lengthOf = (line: Line) => (line.waiting.length + (line === newcomer ? 1 : 0)) / line.weight;
  for (const line of desk.lines.values()) if (lengthOf(line) > lengthOf(longest)) longest = line;
  const last = longest === newcomer ? undefined : longest.waiting.at(-1);
  if (!last) return false;
  leave(desk, last);
  return true;
}
