// A folder into a collection: removed what is gone, sent what is new or changed, waited for. Can be stopped and run again at any
// time: what arrived is recognised by its content.
import { InsulaError } from '@insula/sdk';
import type { Account } from '../account/open-account.ts';
import type { Shell } from '../terminal/shell.ts';
import { awaitDocuments, type Waiting } from './await-documents.ts';
import { inParallel } from './in-parallel.ts';
import { type Place, readStanding, type Standing } from './read-standing.ts';
import { confirmRemoval, findMissing, removeDocuments } from './remove-documents.ts';
import { type Outcome, type Sending, sendFile } from './send-file.ts';
import { showProgress } from './show-progress.ts';
import type { Folder } from './walk-folder.ts';

export type Wishes = {
  isDry: boolean;
  concurrency: number;
  wait: boolean;
  removeMissing: boolean;
  yes: boolean;
};
export type Report = Place &
  Record<Outcome | 'files' | 'skipped' | 'removed' | 'ready' | 'failed' | 'under_way', number> & {
    dry_run: boolean;
    directory: string;
    failures: { file: string; reason: string }[];
  };
type Run = { shell: Shell; account: Account; place: Place; folder: Folder; wishes: Wishes; report: Report };

/** Brings the folder in and answers what was done; throws when the server cannot be asked at all. */
export async function ingestFolder(run: Omit<Run, 'report'>): Promise<Report> {
  const { account, place } = run;
  const full: Run = { ...run, report: startReport(run) };
  const standing = await readStanding(account, place);
  const removed = run.wishes.removeMissing ? await clear(full, standing) : [];
  const waiting = await send(
    full,
    standing.filter((one) => !removed.includes(one)),
  );
  if (run.wishes.wait && !run.wishes.isDry) await wait(full, waiting);
  else full.report.under_way = waiting.length;
  full.report.failed = full.report.failures.length;
  return full.report;
}

function startReport({ wishes, place, folder }: Omit<Run, 'report'>): Report {
  return {
    dry_run: wishes.isDry,
    ...place,
    directory: folder.path,
    ...{ files: folder.files.length, new: 0, replaced: 0, unchanged: 0, same_as_another: 0 },
    ...{ tried_again: 0, removed: 0, skipped: folder.skipped, ready: 0, under_way: 0, failed: 0 },
    failures: [...folder.failures],
  };
}

async function clear({ shell, account, place, folder, wishes, report }: Run, standing: Standing[]) {
  const missing = await findMissing(folder, standing);
  report.removed = missing.length;
  if (missing.length === 0 || wishes.isDry) return missing;
  if (!wishes.yes) await confirmRemoval(shell, missing);
  await removeDocuments(account, { place, missing, concurrency: wishes.concurrency });
  return missing;
}

async function send({ shell, account, place, folder, wishes, report }: Run, standing: Standing[]) {
  const sending: Sending = {
    ...{ account, place, isDry: wishes.isDry, label: folder.label },
    byName: new Map(standing.flatMap((one) => (one.name === null ? [] : [[one.name, one] as const]))),
    hashes: new Set(standing.filter(({ status }) => !isOver(status)).map(({ hash }) => hash)),
  };
  const waiting = new Map<string, Waiting>();
  const progress = showProgress(shell, 'Sent', folder.files.length);
  try {
    await inParallel(folder.files, wishes.concurrency, async (file) => {
      try {
        const { outcome, documentId } = await sendFile(sending, file);
        report[outcome]++;
        if (documentId !== undefined && !waiting.has(documentId))
          waiting.set(documentId, { documentId, file: file.name });
        progress.step(outcome === 'unchanged' ? undefined : `${file.name} (${outcome.replaceAll('_', ' ')})`);
      } catch (error) {
        if (isHopeless(error)) throw error;
        report.failures.push({ file: file.name, reason: sayReason(error) });
        progress.step(`${file.name} failed: ${sayReason(error)}`);
      }
    });
  } finally {
    progress.stop();
  }
  return [...waiting.values()];
}

const isOver = (status: string) => status === 'failed' || status === 'cancelled';

/** What would be answered to every file: no server, no login, no permission, no such workspace or collection. */
function isHopeless(error: unknown): boolean {
  if (!(error instanceof InsulaError) || error.code === 'document_not_found') return false;
  return [0, 401, 403, 404].includes(error.status);
}

function sayReason(error: unknown): string {
  if (error instanceof InsulaError) return error.detail;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'It cannot be read: you have no permission.';
  if (code === 'ENOENT') return 'It is gone.';
  if (code === 'ELOOP') return 'It is a symbolic link now.';
  return message;
}

async function wait({ shell, account, place, wishes, report }: Run, waiting: Waiting[]): Promise<void> {
  const progress = showProgress(shell, 'Read', waiting.length);
  const told = new Set<string>();
  const { workspace_id } = place;
  try {
    await awaitDocuments(
      account,
      { workspace_id, waiting, concurrency: wishes.concurrency },
      {
        onEnd: ({ file, failure }) => {
          if (failure === undefined) report.ready++;
          else report.failures.push({ file, reason: failure });
          progress.step(failure === undefined ? `${file} is ready` : `${file} failed: ${failure}`);
        },
        onRest: ({ documentId, file }, reason) => {
          if (!told.has(documentId)) progress.say(`${file} waits: ${reason}`);
          told.add(documentId);
        },
      },
    );
  } finally {
    progress.stop();
  }
}
