// A provider on a real socket that speaks one wire, does what a test asks of it, and remembers what it was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Script, ScriptedWire, WireRequest } from './wire.ts';

/** What is done with one request; absent means the script, well told. */
export type Act = {
  script?: Script | ((request: WireRequest) => Script);
  status?: number;
  message?: string;
  retryAfter?: string;
  body?: { type: string; bytes: Buffer | string; encoding?: string };
  redirect?: string;
  isSilent?: boolean;
  /** After so many events: the socket is destroyed, nothing more comes, the answer ends in order, or the error event comes. */
  cutAfter?: number;
  stallAfter?: number;
  endAfter?: number;
  errorAfter?: number;
  /** Writes a stream in pieces of so many bytes. */
  pieceBytes?: number;
  vectors?: number[][];
  embeddingTokens?: number;
};

export type ScriptedProvider = {
  origin: string;
  requests: WireRequest[];
  /** Queues what is done with the next requests for answers. */
  next(...acts: Act[]): void;
  /** How many connections are open. */
  connections(): Promise<number>;
  stop(): Promise<void>;
};

/** Starts a provider on a free port of 127.0.0.1. */
export async function startScriptedProvider(wire: ScriptedWire): Promise<ScriptedProvider> {
  const requests: WireRequest[] = [];
  const acts: Act[] = [];
  const server = createServer({ keepAliveTimeout: 600_000 }, (incoming, response) => {
    const host = incoming.headers.host ?? '';
    receive(incoming)
      .then((request) => {
        requests.push(request);
        if (!wire.isAccepted(request, host)) return sendJson(response, wire.refusal);
        const route = wire.readRoute(request);
        if (route === 'models') return sendJson(response, { status: 200, json: wire.models ?? {} });
        if (route === undefined) {
          return sendJson(response, { status: 404, ...wire.error(404, 'There is no such address.') });
        }
        return answer(wire, { request, response, route, act: acts.shift() ?? {} });
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    next: (...more) => void acts.push(...more),
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function receive(incoming: IncomingMessage): Promise<WireRequest> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  const { method = '', url: path = '', headers } = incoming;
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { method, path, headers, text, body };
}

type Exchange = {
  request: WireRequest;
  response: ServerResponse;
  route: 'whole' | 'stream' | 'embeddings';
  act: Act;
};

const QUIET: Script = {
  textPieces: ['Salve'],
  usage: { input: 1, cached: 0, written: 0, output: 1, reasoning: 0 },
};

async function answer(wire: ScriptedWire, exchange: Exchange): Promise<void> {
  const { request, response, route, act } = exchange;
  if (act.isSilent) return;
  if (act.retryAfter) response.setHeader('retry-after', act.retryAfter);
  if (act.redirect) return void response.writeHead(307, { location: act.redirect }).end();
  if (act.body) {
    if (act.body.encoding) response.setHeader('content-encoding', act.body.encoding);
    return void response.writeHead(act.status ?? 200, { 'content-type': act.body.type }).end(act.body.bytes);
  }
  if (act.status !== undefined) {
    const told = wire.error(act.status, act.message ?? `This is error ${act.status}.`);
    return sendJson(response, { status: act.status, ...told });
  }
  if (route === 'embeddings') return sendEmbeddings(wire, exchange);
  const script = typeof act.script === 'function' ? act.script(request) : (act.script ?? QUIET);
  if (route === 'stream') return sendStream(wire, exchange, script);
  if (act.cutAfter === undefined) return sendJson(response, { status: 200, json: wire.whole(script) });
  const whole = JSON.stringify(wire.whole(script));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
  response.write(whole.slice(0, whole.length >> 1));
  await wait(20);
  response.destroy();
}

function sendEmbeddings(wire: ScriptedWire, { request, response, act }: Exchange): void {
  const texts = wire.embeddings!.textsIn(request.body);
  const vectors = act.vectors ?? texts.map((text) => [text.length, 0.5, -0.25]);
  const json = wire.embeddings!.answer(vectors, act.embeddingTokens ?? texts.length);
  sendJson(response, { status: 200, json });
}

async function sendStream(wire: ScriptedWire, { response, act }: Exchange, script: Script): Promise<void> {
  response.writeHead(200, { 'content-type': wire.streamType });
  response.flushHeaders();
  let sent = 0;
  for (const event of wire.stream(script)) {
    if (sent === act.stallAfter) return;
    if (sent === act.cutAfter) {
      await wait(20);
      return void response.destroy();
    }
    if (sent === act.endAfter) break;
    if (sent === act.errorAfter) {
      response.write(wire.errorEvent!.bytes);
      break;
    }
    const size = act.pieceBytes ?? event.length;
    for (let at = 0; at < event.length; at += size) {
      response.write(event.subarray(at, at + size));
      if (act.pieceBytes) await new Promise(setImmediate);
    }
    sent++;
  }
  response.end();
}

type Whole = { status: number; json: unknown; headers?: Record<string, string> };

function sendJson(response: ServerResponse, { status, json, headers = {} }: Whole): void {
  const bytes = Buffer.from(JSON.stringify(json));
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers })
    .end(bytes);
}
