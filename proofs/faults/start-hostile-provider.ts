// The hostile provider: a raw socket server that reads requests of three protocols and answers them as the fault that their
// model's name asks for. It knows which of its sockets have an answer under way, so that a leaked one shows.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { anthropicWire } from '../../apps/server/test/fakes/wires/anthropic-wire.ts';
import { openaiWire } from '../../apps/server/test/fakes/wires/chat-wires.ts';
import { googleWire } from '../../apps/server/test/fakes/wires/google-wire.ts';
import type { ScriptedWire } from '../../apps/server/test/fakes/wires/index.ts';
import { responsesWire } from '../../apps/server/test/fakes/wires/responses-wire.ts';
import { type FaultMode, faultModes } from './fault-modes.ts';
import { openExchange } from './open-exchange.ts';

export type HostileProvider = {
  port: number;
  /** Requests that were taken, by mode; -1 stands for those that are to be answered well. */
  requests: number;
  /** Sockets whose answer is under way. */
  busy(): number;
  stop(): Promise<void>;
};

type Desk = { busy: Set<Socket>; sockets: Set<Socket>; trapUrl: string; requests: number };
type Asked = { wire: ScriptedWire; path: string; isStream: boolean; mode: FaultMode | undefined };

/** Starts it on a free port; `trapUrl` is where redirects lead. */
export async function startHostileProvider(trapUrl: string): Promise<HostileProvider> {
  const desk: Desk = { busy: new Set(), sockets: new Set(), trapUrl, requests: 0 };
  const server = createServer({ noDelay: true }, (socket) => serve(desk, socket));
  const port = await listen(server);
  return {
    port,
    get requests() {
      return desk.requests;
    },
    busy: () => desk.busy.size,
    stop: () => stop(server, desk.sockets),
  };
}

function serve(desk: Desk, socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0);
  let turn = 0;
  let answered = false;
  desk.sockets.add(socket);
  socket.on('error', () => {});
  socket.once('close', () => {
    desk.busy.delete(socket);
    desk.sockets.delete(socket);
  });
  socket.on('data', (bytes: Buffer) => {
    pending = pending.length > 0 ? Buffer.concat([pending, bytes]) : bytes;
    const headEnd = pending.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = pending.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const isWhole = pending.length >= headEnd + 4 + length;
    const asked = readAsked(head, pending.toString('utf8', headEnd + 4));
    if (!answered && asked && (isWhole || asked.mode?.isEarly)) {
      answered = true;
      desk.requests++;
      desk.busy.add(socket);
      const exchange = openExchange({ ...asked, socket, turn: ++turn, trapUrl: desk.trapUrl, done });
      if (asked.mode?.act) void asked.mode.act(exchange);
      else {
        exchange.answer();
        done();
      }
    }
    if (!isWhole) return;
    pending = pending.subarray(headEnd + 4 + length);
    answered = false;
  });

  function done(): void {
    desk.busy.delete(socket);
  }
}

/** What is asked, as far as it can be read; undefined while it cannot. */
function readAsked(head: string, body: string): Asked | undefined {
  const path = head.split(' ', 2)[1] ?? '';
  const google = /\/models\/([^/:]+):(\w+)/.exec(path);
  const model = google?.[1] ?? /"model"\s*:\s*"([^"]+)"/.exec(body)?.[1];
  if (model === undefined) return undefined;
  const wire = google
    ? googleWire
    : path.endsWith('/messages')
      ? anthropicWire
      : path.endsWith('/responses')
        ? responsesWire
        : openaiWire;
  const isStream = google ? google[2] === 'streamGenerateContent' : /"stream"\s*:\s*true/.test(body);
  const at = /-fault-(\d+)/.exec(model)?.[1];
  return { wire, path, isStream, mode: at === undefined ? undefined : faultModes[Number(at)] };
}

/** Listens on a free port of 127.0.0.1. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1_024, resolve));
  return (server.address() as { port: number }).port;
}

/** Closes a server and what is connected to it. */
export async function stop(server: Server, sockets: Iterable<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await closed;
}

/** A port that listens, whose queue is full, and behind which nobody ever accepts: connecting to it takes for ever. */
export async function openBlackhole(): Promise<{ port: number; close(): Promise<void> }> {
  const program = `
    const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
      parentPort.postMessage(server.address().port);
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    });`;
  const worker = new Worker(program, { eval: true });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const fillers = Array.from({ length: 8 }, () => connect({ host: '127.0.0.1', port }).on('error', () => {}));
  await new Promise((resolve) => setTimeout(resolve, 300));
  return {
    port,
    async close() {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
