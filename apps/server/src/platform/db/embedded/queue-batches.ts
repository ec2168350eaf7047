// The batches that one client has sent and that wait for the shared session.
// Guarantees: a batch is handed out whole or not at all, so that a slow sender never keeps the session waiting; a client
// that has gone leaves nothing to run.
import { endsBatch, ProtocolViolation } from './split-messages.ts';

export type Arrival = 'batch' | 'gone' | 'late';

export interface BatchQueue {
  /** Adds messages; throws ProtocolViolation when an unfinished batch grows over the limit. */
  push(messages: Buffer[]): void;
  /** Waits for a whole batch, for the client to go, or (with a limit) for too long. */
  next(limitMs?: number): Promise<Arrival>;
  /** The oldest batch; undefined when the client has gone. */
  take(): Buffer[] | undefined;
  /** Drops everything: the client has gone. */
  close(): void;
  /** Bytes of whole batches that wait. */
  waitingBytes(): number;
}

const countBytes = (batch: Buffer[]) => batch.reduce((sum, message) => sum + message.length, 0);

/** An empty queue whose unfinished batch may hold `maxBytes`. */
export function queueBatches(maxBytes: number): BatchQueue {
  let whole: Buffer[][] = [];
  let unfinished: Buffer[] = [];
  let unfinishedBytes = 0;
  let waiting = 0;
  let closed = false;
  let wake: (() => void) | undefined;

  function push(messages: Buffer[]) {
    if (closed) return;
    for (const message of messages) {
      unfinished.push(message);
      unfinishedBytes += message.length;
      if (endsBatch(message)) {
        whole.push(unfinished);
        waiting += unfinishedBytes;
        unfinished = [];
        unfinishedBytes = 0;
      } else if (unfinishedBytes > maxBytes) {
        throw new ProtocolViolation('54000', `a batch of messages is over the limit of ${maxBytes} bytes`);
      }
    }
    if (whole.length > 0) wake?.();
  }

  function arrived(): Arrival | undefined {
    if (closed) return 'gone';
    return whole.length > 0 ? 'batch' : undefined;
  }

  async function next(limitMs?: number): Promise<Arrival> {
    const now = arrived();
    if (now) return now;
    return await new Promise<Arrival>((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(() => settle('late'), limitMs);
      const settle = (arrival: Arrival) => {
        clearTimeout(timer);
        wake = undefined;
        resolve(arrival);
      };
      wake = () => settle(arrived() ?? 'late');
    });
  }

  function take() {
    const batch = whole.shift();
    if (batch) waiting -= countBytes(batch);
    return batch;
  }

  function close() {
    closed = true;
    whole = [];
    unfinished = [];
    waiting = 0;
    wake?.();
  }

  return { push, next, take, close, waitingBytes: () => waiting };
}
