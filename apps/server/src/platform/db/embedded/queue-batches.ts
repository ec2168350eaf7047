// The batches that one client has sent and that wait for the shared session.
// Guarantees: a batch is handed out whole or not at all, so that a slow sender never keeps the session waiting; a client
// that has gone leaves nothing to run.
import { endsBatch, ProtocolViolation } from './split-messages.ts';

export type Arrival = 'batch' | 'gone' | 'late';

export interface BatchQueue {
  /** Adds messages; throws ProtocolViolation when a batch grows over the limit. */
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

/** A function that takes messages and returns the batches that are whole now. */
function groupMessages(maxBytes: number): (messages: Buffer[]) => Buffer[][] {
  let unfinished: Buffer[] = [];
  let unfinishedBytes = 0;
  return (messages) => {
    const whole: Buffer[][] = [];
    for (const message of messages) {
      unfinished.push(message);
      unfinishedBytes += message.length;
      if (unfinishedBytes > maxBytes) {
        throw new ProtocolViolation('54000', `a batch of messages is over the limit of ${maxBytes} bytes`);
      }
      if (!endsBatch(message)) continue;
      whole.push(unfinished);
      unfinished = [];
      unfinishedBytes = 0;
    }
    return whole;
  };
}

/** An empty queue whose batches may hold `maxBytes` each. */
export function queueBatches(maxBytes: number): BatchQueue {
  const group = groupMessages(maxBytes);
  let whole: Buffer[][] = [];
  let closed = false;
  let wake: (() => void) | undefined;

  function push(messages: Buffer[]) {
    if (closed) return;
    whole.push(...group(messages));
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

  function close() {
    closed = true;
    whole = [];
    wake?.();
  }

  const waitingBytes = () => whole.reduce((sum, batch) => sum + countBytes(batch), 0);
  return { push, next, take: () => whole.shift(), close, waitingBytes };
}
