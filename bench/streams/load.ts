// The callers of slow streams, in a process of their own: opens them at a steady pace, keeps them all, and notes of each piece
// how long it took from the provider's write to here. Prints one JSON line.
// usage: node load.ts PORT COUNT PIECES OPENED_PER_SECOND [KEY]
import { connect } from 'node:net';

const [port, count, pieces, perSecond] = process.argv.slice(2, 6).map(Number) as [
  number,
  number,
  number,
  number,
];
const key = process.argv[6] ?? 'none';

export type LoadReport = {
  streams: number;
  /** Streams that came to their end with every piece. */
  whole: number;
  dropped: number;
  /** Most streams under way at once. */
  atOnce: number;
  pieces: number;
  delayMs: { p50: number; p90: number; p99: number; max: number };
  /** The same, only of pieces that came while no stream was being opened or ended. */
  steadyMs: { p50: number; p99: number; max: number; pieces: number };
  why: Record<string, number>;
};

const body = JSON.stringify({
  model: 'gpt-4o-mini',
  stream: true,
  max_tokens: pieces,
  messages: [{ role: 'user', content: 'Speak slowly.' }],
});
const REQUEST = `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

const delays: number[] = [];
const steady: number[] = [];
const why: Record<string, number> = {};
let [under, atOnce, whole, opened, over] = [0, 0, 0, 0, 0];
const now = () => performance.timeOrigin + performance.now();

/** Opens one stream; resolves when it is over, however it ended. */
function openStream(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let text = '';
  let got = 0;
  let isWhole = false;
  atOnce = Math.max(atOnce, ++under);
  const end = (reason?: string) => {
    if (socket.destroyed) return;
    socket.destroy();
    under--;
    over++;
    if (isWhole && got === pieces) whole++;
    else {
      const told = reason ?? `ended after ${got} pieces`;
      why[told] = (why[told] ?? 0) + 1;
    }
    resolve();
  };
  socket.on('connect', () => socket.write(REQUEST));
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    const arrived = now();
    if (got === 0 && !text.startsWith('HTTP/1.1 200'))
      return end(text.split('\r\n\r\n')[1]?.slice(0, 120) ?? text);
    let from = 0;
    for (let at = text.indexOf('"@'); at >= 0; at = text.indexOf('"@', from)) {
      const stop = text.indexOf(' ', at);
      if (stop < 0) break;
      const delay = arrived - Number(text.slice(at + 2, stop));
      delays.push(delay);
      if (opened === count && over === 0) steady.push(delay);
      got++;
      from = stop;
    }
    isWhole = text.includes('data: [DONE]', from);
    text = text.slice(Math.max(from, text.length - 4_000));
    if (isWhole) end();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  socket.on('close', () => end('closed'));
  return promise;
}

function percentile(sorted: number[], share: number): number {
  return (
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 100) / 100
  );
}

const running: Promise<void>[] = [];
const startedAt = performance.now();
while (opened < count) {
  const due = Math.min(count, Math.ceil(((performance.now() - startedAt) / 1_000) * perSecond));
  for (; opened < due; opened++) running.push(openStream());
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await Promise.all(running);
delays.sort((a, b) => a - b);
steady.sort((a, b) => a - b);
const report: LoadReport = {
  streams: count,
  whole,
  dropped: count - whole,
  atOnce,
  pieces: delays.length,
  delayMs: {
    p50: percentile(delays, 0.5),
    p90: percentile(delays, 0.9),
    p99: percentile(delays, 0.99),
    max: percentile(delays, 1),
  },
  steadyMs: {
    p50: percentile(steady, 0.5),
    p99: percentile(steady, 0.99),
    max: percentile(steady, 1),
    pieces: steady.length,
  },
  why,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);
