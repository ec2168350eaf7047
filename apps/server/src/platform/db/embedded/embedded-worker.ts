// The thread in which the embedded database computes, so that the server's own thread never waits for a query.
// Started by start-embedded.ts only. Anything unexpected ends the thread: the write-ahead log makes the next start whole.
import { parentPort, workerData } from 'node:worker_threads';
import { listenSocket } from './listen-socket.ts';
import { dumpPglite, openPglite } from './open-pglite.ts';
import { shareSession } from './share-session.ts';
import type { WorkerAnswer, WorkerInput, WorkerOrder } from './start-thread.ts';
import { tendDatabase } from './tend-database.ts';
import { buildStartup } from './wire.ts';

const port = parentPort!;
const answer = (message: WorkerAnswer) => port.postMessage(message);

/** Outside any promise, so that it ends the thread. */
function fail(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

const input = workerData as WorkerInput;
const { db, fromTemplate } = await openPglite(input);
const session = shareSession(db);
const greeting = await session.hold(() => session.run(buildStartup('postgres', 'postgres')));
const listener = await listenSocket(input.socketPath, { session, greeting, limits: input.limits, fail });
const stopTending = tendDatabase(db, session);

async function obey(order: WorkerOrder): Promise<void> {
  if (order.kind === 'dump') return session.hold(() => dumpPglite(db, order.path));
  stopTending();
  await listener.close();
  await session.hold(() => db.close());
}

port.on('message', (order: WorkerOrder) => {
  obey(order).then(
    () => answer({ kind: 'done' }),
    (error: unknown) => answer({ kind: 'failed', message: String(error) }),
  );
});
answer({ kind: 'ready', fromTemplate });
