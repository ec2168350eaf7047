// One client of the embedded database, from its first byte to its last.
// Guarantees: it holds the session from its first batch until it is out of its transaction; when it leaves, or does
// nothing in a transaction for too long, the transaction is rolled back and its prepared statements are removed.
import type { Socket } from 'node:net';
import { admitClient } from './admit-client.ts';
import { isolateNames, type Names } from './isolate-names.ts';
import { type BatchQueue, queueBatches } from './queue-batches.ts';
import type { Session } from './share-session.ts';
import { ProtocolViolation, splitMessages } from './split-messages.ts';
import {
  buildFatal,
  buildMessage,
  CLOSE,
  endWithZero,
  FLUSH,
  findNotifications,
  IDLE,
  QUERY,
  type Refusal,
  readStatus,
  STATEMENT,
  SYNC,
  TERMINATE,
} from './wire.ts';

export interface Limits {
  /** The largest message, and the largest batch of messages, that a client may send. */
  maxMessageBytes: number;
  /** How long a client may hold the session, in a transaction, without sending anything. */
  idleInTransactionMs: number;
}

export interface ConnectionDeps {
  id: number;
  session: Session;
  /** What PostgreSQL answers to a client that may come in. */
  greeting: Buffer;
  limits: Limits;
  /** Passes notifications on to all other connections. */
  broadcast(notifications: Buffer, from: Connection): void;
  /** The session is beyond repair. */
  fail(error: unknown): void;
}

export interface Connection {
  /** Sends whole messages, if the client is in and still there. */
  send(messages: Buffer): void;
  /** Ends the connection with a FATAL error. */
  refuse(reason: Refusal): void;
  /** Resolves when nothing of this connection is left in the session. */
  finished: Promise<void>;
}

const PAUSE_ABOVE_BYTES = 4 * 1024 * 1024;
const FAREWELL_MS = 5_000;
const ROLL_BACK = Buffer.concat([buildMessage(SYNC), buildMessage(QUERY, endWithZero('rollback'))]);

/** Serves a connected socket; never throws, all that goes wrong ends this connection or calls `fail`. */
export function serveConnection(socket: Socket, deps: ConnectionDeps): Connection {
  const queue = queueBatches(deps.limits.maxMessageBytes);
  const door = openDoor(socket, queue, deps);
  const names: Names = { id: deps.id, statements: new Set() };
  const connection: Connection = { ...door, finished: Promise.resolve() };

  /** Runs one batch; true when the session is out of the transaction and free for others. */
  async function answer(batch: Buffer[]): Promise<boolean> {
    const messages = batch.map((message) => isolateNames(message, names, deps.session));
    const reply = await deps.session.run(messages.length === 1 ? messages[0]! : Buffer.concat(messages));
    connection.send(reply);
    const notifications = findNotifications(reply);
    if (notifications) deps.broadcast(notifications, connection);
    if (batch.at(-1)![0] === FLUSH) return false;
    const status = readStatus(reply);
    // PGlite swallows a trap of its WebAssembly and then answers nothing, or for ever: never go on with such a session.
    if (status === undefined) throw new Error('The embedded database gave half an answer.');
    return status === IDLE;
  }

  /** Answers batch after batch until the session is free, or the client is given up and its transaction rolled back. */
  async function takeTurn(): Promise<void> {
    let batch = queue.take();
    while (batch && !(await answer(batch))) {
      const arrival = await queue.next(deps.limits.idleInTransactionMs);
      if (arrival === 'late') connection.refuse(IDLE_IN_TRANSACTION);
      if (arrival !== 'batch') await deps.session.run(ROLL_BACK);
      batch = queue.take();
    }
  }

  async function live(): Promise<void> {
    while ((await queue.next()) === 'batch') {
      await deps.session.hold(takeTurn);
      if (queue.waitingBytes() <= PAUSE_ABOVE_BYTES) socket.resume();
    }
    if (names.statements.size > 0) await deps.session.hold(() => deps.session.run(forget(names)));
  }

  connection.finished = live().catch(deps.fail);
  return connection;
}

const IDLE_IN_TRANSACTION: Refusal = {
  code: '25P03',
  message: 'terminating connection due to idle-in-transaction timeout',
};

/** Closes all prepared statements of a connection. */
function forget({ statements }: Names): Buffer {
  const closes = [...statements].map((name) =>
    buildMessage(CLOSE, Buffer.from([STATEMENT]), endWithZero(name)),
  );
  return Buffer.concat([...closes, buildMessage(SYNC)]);
}

/** The socket's side: lets the client in, fills the queue, says goodbye. */
function openDoor(socket: Socket, queue: BatchQueue, { greeting, limits }: ConnectionDeps) {
  const split = splitMessages(limits.maxMessageBytes);
  let state: 'outside' | 'inside' | 'leaving' = 'outside';

  const send = (messages: Buffer) => {
    if (state === 'inside' && socket.writable) socket.write(messages);
  };
  function leave(farewell?: Buffer) {
    if (state === 'leaving') return;
    state = 'leaving';
    queue.close();
    endGently(socket, farewell);
  }
  const refuse = (reason: Refusal) => leave(buildFatal(reason));

  function admit(message: Buffer) {
    const admission = admitClient(message);
    if (admission === 'leave') return leave();
    if (admission === 'ask_again') return void socket.write('N');
    if (admission !== 'enter') return refuse(admission);
    state = 'inside';
    send(greeting);
  }

  function receive(chunk: Buffer) {
    const messages = split(chunk);
    while (state === 'outside' && messages.length > 0) admit(messages.shift()!);
    if (state !== 'inside') return;
    const farewell = messages.findIndex((message) => message[0] === TERMINATE);
    queue.push(farewell === -1 ? messages : messages.slice(0, farewell));
    if (farewell !== -1) return leave();
    if (queue.waitingBytes() > PAUSE_ABOVE_BYTES) socket.pause();
  }

  socket.on('data', (chunk: Buffer) => {
    if (state === 'leaving') return;
    try {
      receive(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      refuse({ code: error.code, message: error.message });
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => leave());
  return { send, refuse };
}

/** Keeps reading what still comes: a client that is busy sending would otherwise never see why it has to go. */
function endGently(socket: Socket, farewell: Buffer | undefined): void {
  if (socket.writable) socket.end(farewell ?? Buffer.alloc(0));
  socket.resume();
  setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
}
