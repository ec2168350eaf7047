// The load generator: N connections, each with one call under way at a time (a closed loop), on raw sockets. Measures
// throughput and latency over a bounded time after a warm-up, counts every answer that is not 2xx or not the right text.
import { setMaxListeners } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Answer, type AnswerReader, createAnswerReader } from './create-answer-reader.ts';
import { isRight, writeBody } from './dialogue.ts';

export type Target = { port: number; path: string; headers: Record<string, string> };
export type LoadOptions = {
  target: Target;
  connections: number;
  stream: boolean;
  seconds: number;
  warmupSeconds: number;
};
export type Percentiles = { p50: number; p95: number; p99: number };
export type Load = {
  /** Right answers a second. */
  requestsPerSecond: number;
  /** Milliseconds from sending a call to the last byte of its answer. */
  latencyMs: Percentiles;
  /** Milliseconds to the first byte of the body. */
  firstByteMs: Percentiles;
  /** Right answers in the measured time. */
  right: number;
  /** Every call sent, warm-up included. */
  sent: number;
  non2xx: number;
  /** 2xx with a text that is not the answer. */
  wrong: number;
  /** Connections that broke. */
  broken: number;
  /** Calls that were still under way 10 s after the end. */
  unfinished: number;
};

const SAMPLE_EVERY = 64;
/** A gateway that answers less than once a connection in the wanted time gets up to this long. */
const PATIENCE_MS = 15_000;
const DRAIN_MS = 10_000;

/** The value below which `share` of the sorted values lie; 0 when there are none. */
function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function percentiles(values: number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) };
}

/** The bytes of the call, made once: every call of a run is the same. */
function writeRequest(target: Target, stream: boolean): Buffer {
  const body = writeBody(stream);
  const headers = { host: `127.0.0.1:${target.port}`, 'content-type': 'application/json', ...target.headers };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${target.path} HTTP/1.1\r\n${lines.join('')}content-length: ${length}\r\n\r\n${body}`,
  );
}

type Tally = {
  latencies: number[];
  firstBytes: number[];
  sent: number;
  non2xx: number;
  wrong: number;
  broken: number;
  unfinished: number;
};
type Call = { startedAt: number; firstByteAt: number };
type Cell = {
  request: Buffer;
  stream: boolean;
  port: number;
  countFrom: number;
  /** When measuring ended; infinite before. */
  endAt: number;
  tally: Tally;
  /** Gives up the calls still under way. */
  giveUp: AbortController;
};

/** Books one answer: those that came between warm-up and end count, wrong ones always do. */
function book(cell: Cell, call: Call, answer: Answer): void {
  const { tally } = cell;
  const now = performance.now();
  const done = cell.stream
    ? answer.tail.trimEnd().endsWith('data: [DONE]')
    : answer.tail.trimEnd().endsWith('}');
  if (answer.status < 200 || answer.status > 299) tally.non2xx++;
  else if (!done || (answer.body !== undefined && !isRight(answer.body, cell.stream))) tally.wrong++;
  else if (now >= cell.countFrom && now <= cell.endAt) {
    tally.latencies.push(now - call.startedAt);
    tally.firstBytes.push(call.firstByteAt - call.startedAt);
  }
}

type Line = {
  cell: Cell;
  reader: AnswerReader;
  call: Call;
  socket?: Socket;
  waiting: boolean;
  end: () => void;
};

const isEnded = (cell: Cell) => cell.endAt < Number.POSITIVE_INFINITY;

function send(line: Line): void {
  const { cell, call } = line;
  if (isEnded(cell)) {
    line.end();
    return;
  }
  line.reader.expect(cell.tally.sent++ % SAMPLE_EVERY === 0);
  line.waiting = true;
  call.firstByteAt = 0;
  call.startedAt = performance.now();
  line.socket!.write(cell.request);
}

function takeBytes(line: Line, bytes: Buffer): void {
  if (!line.waiting) throw new Error('bytes that nobody asked for');
  const complete = line.reader.take(bytes);
  if (line.call.firstByteAt === 0 && line.reader.hasBody()) line.call.firstByteAt = performance.now();
  if (!complete) return;
  line.waiting = false;
  book(line.cell, line.call, line.reader.answer());
  send(line);
}

/** Opens the line's socket; when the gateway closes it, counts what broke and opens another. */
function openSocket(line: Line): void {
  const socket = connect({ port: line.cell.port, host: '127.0.0.1', noDelay: true });
  line.socket = socket;
  socket.on('connect', () => send(line));
  socket.on('data', (bytes: Buffer) => {
    try {
      if (!socket.destroyed) takeBytes(line, bytes);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  socket.on('error', () => {}); // `close` follows and counts it
  socket.on('close', () => {
    if (line.waiting || socket.bytesWritten === 0) line.cell.tally.broken++;
    line.waiting = false;
    if (isEnded(line.cell)) line.end();
    else setTimeout(openSocket, 5, line); // a gateway that is down must not be hammered
  });
}

/** One connection, call after call until the end. */
function driveLine(cell: Cell): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      line.waiting = false;
      line.socket?.destroy();
      resolve();
    };
    const call = { startedAt: 0, firstByteAt: 0 };
    const line: Line = { cell, reader: createAnswerReader(), call, waiting: false, end };
    cell.giveUp.signal.addEventListener('abort', () => {
      if (line.waiting) cell.tally.unfinished++;
      end();
    });
    openSocket(line);
  });
}

/** Ends the measuring when time is up and every connection had its chance, and the waiting some seconds after. */
function keepTime(cell: Cell, options: LoadOptions): () => void {
  const wanted = cell.countFrom + options.seconds * 1000;
  const latest = Math.max(wanted, cell.countFrom + PATIENCE_MS);
  const timer = setInterval(() => {
    const now = performance.now();
    const { latencies, non2xx, wrong, broken } = cell.tally;
    const enough = latencies.length + non2xx + wrong + broken >= options.connections;
    if (cell.endAt === Number.POSITIVE_INFINITY && now >= (enough ? wanted : latest)) cell.endAt = now;
    if (now >= cell.endAt + DRAIN_MS) cell.giveUp.abort();
  }, 2);
  return () => clearInterval(timer);
}

/** Loads a target for `warmupSeconds` + `seconds`, up to 15 s when it is slow, and drains for 10 s at most. */
export async function measureLoad(options: LoadOptions): Promise<Load> {
  const { target, stream } = options;
  const cell: Cell = {
    request: writeRequest(target, stream),
    stream,
    port: target.port,
    countFrom: performance.now() + options.warmupSeconds * 1000,
    endAt: Number.POSITIVE_INFINITY,
    tally: { latencies: [], firstBytes: [], sent: 0, non2xx: 0, wrong: 0, broken: 0, unfinished: 0 },
    giveUp: new AbortController(),
  };
  setMaxListeners(0, cell.giveUp.signal);
  const stopClock = keepTime(cell, options);
  await Promise.all(Array.from({ length: options.connections }, () => driveLine(cell)));
  stopClock();
  const { latencies, firstBytes, ...counts } = cell.tally;
  return {
    requestsPerSecond: latencies.length / ((cell.endAt - cell.countFrom) / 1000),
    latencyMs: percentiles(latencies),
    firstByteMs: percentiles(firstBytes),
    right: latencies.length,
    ...counts,
  };
}
