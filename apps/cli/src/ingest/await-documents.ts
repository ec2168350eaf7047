// Waits until documents are ready or failed. A few are asked for at a time, in turns, so that the server has little to do.
import { setTimeout as pause } from 'node:timers/promises';
import { InsulaError } from '@insula/sdk';
import type { Account } from '../account/open-account.ts';
import { inParallel } from './in-parallel.ts';

const AT_ONCE = 20;
const PAUSE_MS = 500;

export type Waiting = { documentId: string; file: string };
export type Ended = Waiting & {
  /** In words; undefined when the document is ready. */
  failure?: string | undefined;
};
export type Reports = {
  onEnd(ended: Ended): void;
  /** A passing reason, such as a provider that is down; the server tries again. */
  onRest(waiting: Waiting, reason: string): void;
};

const removed = { status: 'failed', error: { detail: 'It was removed meanwhile.' }, retry_at: null } as const;

/** For a document that somebody removed in between: undefined; throws every other error. */
export function passWhenRemoved(error: unknown): undefined {
  if (!(error instanceof InsulaError) || error.code !== 'document_not_found') throw error;
}

/** Resolves when all have come to an end, however long that takes. */
export async function awaitDocuments(
  { insula }: Account,
  { workspace_id, waiting, concurrency }: { workspace_id: string; waiting: Waiting[]; concurrency: number },
  reports: Reports,
): Promise<void> {
  const queue = [...waiting];
  while (queue.length > 0) {
    let ended = 0;
    await inParallel(queue.splice(0, AT_ONCE), concurrency, async (one) => {
      const found = await insula.documents
        .get({ workspace_id, document_id: one.documentId })
        .catch(passWhenRemoved);
      const { status, error, retry_at } = found ?? removed;
      if (status === 'ready') reports.onEnd(one);
      else if (status === 'failed') reports.onEnd({ ...one, failure: error?.detail ?? 'It failed.' });
      else if (status === 'cancelled') reports.onEnd({ ...one, failure: 'It was cancelled.' });
      else {
        if (retry_at && error) reports.onRest(one, error.detail);
        queue.push(one);
        return;
      }
      ended++;
    });
    if (ended === 0) await pause(PAUSE_MS);
  }
}
