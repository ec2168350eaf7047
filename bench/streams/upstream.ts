// A fake provider for slow streams, in a process of its own: every request is answered with pieces that leave one each
// interval, each with the time at which it was written. Raw sockets and one timer wheel, so that it is not what is measured.
// How many pieces is asked for as `max_tokens`.
// usage: node upstream.ts PORT INTERVAL_MS
import { createServer, type Socket } from 'node:net';

const [port, intervalMs] = process.argv.slice(2).map(Number) as [number, number];
const TICK_MS = 5;
const slots = Math.ceil(intervalMs / TICK_MS);
type Stream = { socket: Socket; left: number };
/** Streams by the tick of the interval at which their next piece leaves. */
const wheel: Set<Stream>[] = Array.from({ length: slots }, () => new Set());
let at = 0;

const fields =
  '"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o-mini"';
const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const event = (rest: string) => `data: {${fields},${rest}}\n\n`;
const HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n';
const usage = '"usage":{"prompt_tokens":12,"completion_tokens":20,"total_tokens":32}';
const END = `${chunked(
  `${event('"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]')}${event(`"choices":[],${usage}`)}data: [DONE]\n\n`,
)}0\r\n\r\n`;

/** One piece; the word is the time it was written, in milliseconds of the machine's clock. */
function piece(): string {
  const now = (performance.timeOrigin + performance.now()).toFixed(2);
  return chunked(event(`"choices":[{"index":0,"delta":{"content":"@${now} "},"finish_reason":null}]`));
}

function step(stream: Stream, slot: Set<Stream>): void {
  const { socket } = stream;
  if (socket.destroyed) return void slot.delete(stream);
  if (stream.left-- > 0) return void socket.write(piece());
  socket.write(END);
  slot.delete(stream);
}

const startedAt = performance.now();
setInterval(() => {
  for (const due = Math.floor((performance.now() - startedAt) / TICK_MS); at < due; at++) {
    const slot = wheel[at % slots]!;
    for (const stream of slot) step(stream, slot);
  }
}, TICK_MS);

createServer({ noDelay: true }, (socket) => {
  let text = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
    if (text.length < headEnd + 4 + length) return;
    const left = Number(/"max_tokens":(\d+)/.exec(text)?.[1] ?? 0);
    text = text.slice(headEnd + 4 + length);
    socket.write(HEAD);
    // The first piece leaves somewhere in the next interval, so that pieces are spread evenly.
    wheel[(at + 1 + Math.floor(Math.random() * (slots - 1))) % slots]!.add({ socket, left });
  });
}).listen({ port, host: '127.0.0.1', backlog: 8_192 });
