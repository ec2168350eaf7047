// Rounds: every gateway is measured in every round, one right after the other and in changing order, so that noise of the
// machine hits all alike; what is reported are medians over the rounds, and latency added within each round.
import { type Load, type LoadOptions, measureLoad } from './load.ts';
import type { Running } from './peers/peer.ts';

export type Contender = { name: string; running: Running };
export type Shape = { connections: number; stream: boolean };
/** The medians of one gateway in one shape of load; times in milliseconds, counts summed over the rounds. */
export type Cell = Shape & {
  peer: string;
  requestsPerSecond: number;
  p50: number;
  p95: number;
  p99: number;
  firstByteP50: number;
  /** Over the upstream reached directly in the same round; undefined for the upstream, and without an answer. */
  addedP50: number | undefined;
  addedP99: number | undefined;
  right: number;
  non2xx: number;
  /** Wrong text, broken connections, and answers for which the upstream was never asked. */
  bad: number;
  /** Calls without an answer 10 s after the end of the measuring. */
  unfinished: number;
  /** Syncs of PostgreSQL's log per call sent. */
  syncsPerCall: number;
  /** Milliseconds that a call waited for its records in the database on average, both commits; undefined where it is not told. */
  recordWaitMs: number | undefined;
};
export type RoundsOptions = {
  contenders: Contender[];
  shapes: Shape[];
  rounds: number;
  seconds: number;
  warmupSeconds: number;
  /** Name of the contender that is subtracted from the others. */
  baseline: string;
  upstreamPort: number;
  countSyncs: () => Promise<number>;
  /** No further round begins that would not be over by then; milliseconds of `performance.now()`. */
  endBy: number;
  onCell: (text: string) => void;
};

type Sample = { load: Load; unasked: number; syncs: number; waitedMs: number | undefined };

/** The middle value; 0 of none. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

async function countCalls(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/calls`);
  return ((await response.json()) as { calls: number }).calls;
}

async function takeSample(options: RoundsOptions, running: Running, load: LoadOptions): Promise<Sample> {
  const waitedMs = await running.readWaitedMs?.();
  const [calls, syncs] = [await countCalls(options.upstreamPort), await options.countSyncs()];
  const measured = await measureLoad(load);
  const asked = (await countCalls(options.upstreamPort)) - calls;
  const answered = measured.sent - measured.non2xx - measured.broken - measured.unfinished;
  return {
    load: measured,
    unasked: Math.max(0, answered - asked),
    syncs: (await options.countSyncs()) - syncs,
    waitedMs: waitedMs === undefined ? undefined : (await running.readWaitedMs!()) - waitedMs,
  };
}

const keyOf = (peer: string, shape: Shape) => `${peer} ${shape.connections} ${shape.stream}`;

function toCell(peer: string, shape: Shape, taken: { samples: Sample[]; baseline: Sample[] }): Cell {
  const { samples, baseline } = taken;
  const of = (read: (load: Load) => number) => median(samples.map((sample) => read(sample.load)));
  const sum = (read: (sample: Sample) => number) =>
    samples.reduce((total, sample) => total + read(sample), 0);
  const answered = samples.every((sample) => sample.load.right > 0);
  const added = (read: (load: Load) => number) =>
    samples === baseline || !answered
      ? undefined
      : median(samples.map((sample, round) => read(sample.load) - read(baseline[round]!.load)));
  return {
    ...shape,
    peer,
    requestsPerSecond: of((load) => load.requestsPerSecond),
    p50: of((load) => load.latencyMs.p50),
    p95: of((load) => load.latencyMs.p95),
    p99: of((load) => load.latencyMs.p99),
    firstByteP50: of((load) => load.firstByteMs.p50),
    addedP50: added((load) => load.latencyMs.p50),
    addedP99: added((load) => load.latencyMs.p99),
    right: sum((sample) => sample.load.right),
    non2xx: sum((sample) => sample.load.non2xx),
    bad: sum((sample) => sample.load.wrong + sample.load.broken + sample.unasked),
    unfinished: sum((sample) => sample.load.unfinished),
    recordWaitMs: samples.some((sample) => sample.waitedMs === undefined)
      ? undefined
      : median(samples.map((sample) => sample.waitedMs! / Math.max(1, sample.load.sent))),
    syncsPerCall:
      sum((sample) => sample.syncs) /
      Math.max(
        1,
        sum((sample) => sample.load.sent),
      ),
  };
}

/** The contenders in this round's order: each round another one begins. */
function rotate<T>(all: T[], by: number): T[] {
  return all.map((_, index) => all[(index + by) % all.length]!);
}

/** Lets every contender run for a while before anything counts: its code has to be compiled, its pools opened. */
async function warmUp(options: RoundsOptions): Promise<void> {
  const { contenders, shapes } = options;
  for (const { name, running } of contenders) {
    options.onCell(`warming ${name}`);
    for (const stream of new Set(shapes.map((shape) => shape.stream))) {
      await measureLoad({
        target: running.target,
        connections: 16,
        stream,
        seconds: 0.5,
        warmupSeconds: 0.5,
      });
    }
  }
}

/** Measures every contender in every shape, `rounds` times. */
export async function measureRounds(options: RoundsOptions): Promise<Cell[]> {
  const { contenders, shapes, seconds, warmupSeconds } = options;
  const samples = new Map<string, Sample[]>();
  await warmUp(options);
  for (let round = 0; round < options.rounds; round++) {
    const startedAt = performance.now();
    for (const shape of shapes) {
      for (const { name, running } of rotate(contenders, round)) {
        const sample = await takeSample(options, running, {
          target: running.target,
          ...shape,
          seconds,
          warmupSeconds,
        });
        const key = keyOf(name, shape);
        samples.set(key, [...(samples.get(key) ?? []), sample]);
        const rate = Math.round(sample.load.requestsPerSecond);
        const kind = shape.stream ? 'streamed' : 'whole';
        options.onCell(
          `round ${round + 1}/${options.rounds}: ${name}, ${shape.connections} ${kind}: ${rate}/s`,
        );
      }
    }
    const tookMs = performance.now() - startedAt;
    if (round + 1 < options.rounds && performance.now() + tookMs > options.endBy) {
      options.onCell(`time is short: ${round + 1} of ${options.rounds} rounds`);
      break;
    }
  }
  return shapes.flatMap((shape) => {
    const baseline = samples.get(keyOf(options.baseline, shape))!;
    return contenders.map(({ name }) =>
      toCell(name, shape, { samples: samples.get(keyOf(name, shape))!, baseline }),
    );
  });
}
