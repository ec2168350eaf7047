// A fake OpenAI provider over real HTTP, in a process of its own: answers /v1/chat/completions whole or as a stream of
// twenty pieces. It writes ready-made bytes to raw sockets, because node:http would itself be the limit that is measured
// (2,800 streams a second). `GET /calls` tells how
// many calls it has answered, which shows whether a gateway really asked it each time.
// usage: node upstream.ts PORT [DELAY_MS]; the delay is before the answer, or before each piece of a stream.
import { createServer, type Socket } from 'node:net';
import { ANSWER, MODEL, PIECES, USAGE } from './dialogue.ts';

const port = Number(process.argv[2]);
const delayMs = Number(process.argv[3] ?? 0);
let calls = 0;

const head = { id: 'chatcmpl-bench', created: 1_760_000_000, model: MODEL };
const whole = Buffer.from(
  JSON.stringify({
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: ANSWER }, finish_reason: 'stop' }],
    usage: USAGE,
  }),
);
const chunk = (fields: object) => ({ ...head, object: 'chat.completion.chunk', ...fields });
const event = (fields: object) => Buffer.from(`data: ${JSON.stringify(chunk(fields))}\n\n`);
const pieces = PIECES.map((content, index) =>
  event({
    choices: [{ index: 0, delta: { ...(index ? {} : { role: 'assistant' }), content }, finish_reason: null }],
  }),
);
const stop = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const usage = event({ choices: [], usage: USAGE });
const done = Buffer.from('data: [DONE]\n\n');
const end = Buffer.concat([stop, done]);
const endWithUsage = Buffer.concat([stop, usage, done]);

const headOf = (...lines: string[]) => Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`);
const wholeHead = headOf('content-type: application/json', `content-length: ${whole.length}`);
const wholeAnswer = Buffer.concat([wholeHead, whole]);
const streamHead = headOf('content-type: text/event-stream; charset=utf-8', 'transfer-encoding: chunked');
const chunked = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
const lastChunk = Buffer.from('0\r\n\r\n');
const pieceChunks = pieces.map(chunked);
const endChunks = Buffer.concat([chunked(end), lastChunk]);
const endChunksWithUsage = Buffer.concat([chunked(endWithUsage), lastChunk]);

/** Runs `step` after the delay, or in the next turn of the loop so that pieces leave one by one. */
function later(step: () => void): void {
  if (delayMs > 0) setTimeout(step, delayMs);
  else setImmediate(step);
}

function sendPieces(socket: Socket, withUsage: boolean): void {
  let index = 0;
  const step = () => {
    if (socket.destroyed) return;
    const piece = pieceChunks[index++];
    socket.write(piece ?? (withUsage ? endChunksWithUsage : endChunks));
    if (piece) later(step);
  };
  socket.write(streamHead);
  later(step);
}

function answer(socket: Socket, method: string, body: string): void {
  if (method !== 'POST') {
    const told = JSON.stringify({ calls, object: 'list', data: [{ id: MODEL, object: 'model' }] });
    socket.write(headOf('content-type: application/json', `content-length: ${told.length}`) + told);
    return;
  }
  calls++;
  if (/"stream": ?true/.test(body)) sendPieces(socket, /"include_usage": ?true/.test(body));
  else if (delayMs > 0) setTimeout(() => socket.write(wholeAnswer), delayMs);
  else socket.write(wholeAnswer);
}

const HEAD_END = Buffer.from('\r\n\r\n');
const refusal = Buffer.from('HTTP/1.1 411 Length Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');

/** Takes one request off the front of `bytes` and answers it; gives back what is left, or the same bytes when incomplete. */
function takeRequest(socket: Socket, bytes: Buffer): Buffer {
  const at = bytes.indexOf(HEAD_END);
  if (at < 0) return bytes;
  const head = bytes.toString('latin1', 0, at + 2);
  const from = at + HEAD_END.length;
  if (/\r\ntransfer-encoding:/i.test(head)) {
    socket.end(refusal);
    return Buffer.alloc(0);
  }
  const length = Number(/\r\ncontent-length: *(\d+)\r/i.exec(head)?.[1] ?? 0);
  if (bytes.length < from + length) return bytes;
  answer(socket, head.slice(0, head.indexOf(' ')), bytes.toString('latin1', from, from + length));
  return bytes.subarray(from + length);
}

const server = createServer({ noDelay: true }, (socket) => {
  let pending = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    let rest: Buffer = pending.length ? Buffer.concat([pending, bytes]) : bytes;
    for (let before = -1; rest.length > 0 && rest.length !== before; ) {
      before = rest.length;
      rest = takeRequest(socket, rest);
    }
    pending = rest as Buffer<ArrayBuffer>;
  });
  socket.on('error', () => socket.destroy());
});
server.listen({ port, host: '127.0.0.1', backlog: 4096 });
