// What becomes of a version that could not be brought on: one that nobody can read has failed, with words that say what to do;
// for what may pass (a provider that is down) it rests and is tried again, a bounded number of times.
import { Problem } from '@insula/contract';
import { systemActor } from '../../../platform/actor.ts';
import { CLEAR_DOCUMENTS } from '../files/stage-file.ts';
import { addRemains } from '../files/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { UNDER_WAY, updateVersion } from '../versions/store.ts';
import type { Underway } from './store.ts';

/** Tries of a step that fails for what may be a passing reason. */
const TRIES_MAX = 10;
/** Tries of a file that each time took the reader, or the whole server, down with it. */
const CRASHES_MAX = 3;
const REST_MIN_MS = 10_000;
const REST_MAX_MS = 900_000;

type Failing = Pick<Underway, 'document_id' | 'version' | 'workspace_id' | 'status' | 'attempts'>;

/** Whether the version was begun to be read so often without an end that it is not begun again. */
export function isHopeless({ status, attempts }: Failing): boolean {
  return status === 'reading' && attempts >= CRASHES_MAX;
}

/** Lets the version rest, or ends its way and announces `document.failed`. */
export async function failVersion(
  deps: KnowledgeDeps,
  organizationId: string,
  { one, error }: { one: Failing; error: unknown },
): Promise<void> {
  const { code, detail, isLasting } = sayError(error);
  const tries = one.status === 'reading' || one.status === 'queued' ? CRASHES_MAX : TRIES_MAX;
  const attempts = one.attempts + 1;
  const facts = { organization_id: organizationId, document: one.document_id, err: error };
  if (code === 'internal') deps.log.error(facts, 'a document could not be brought on');
  else if (!isLasting) deps.log.warn(facts, 'a document waits');
  if (isLasting || attempts >= tries) await end(deps, organizationId, { one, code, detail, attempts });
  else await rest(deps, organizationId, { one, code, detail, attempts });
}

/** A file that each time took the server down with it. */
export async function giveUpVersion(
  deps: KnowledgeDeps,
  organizationId: string,
  one: Failing,
): Promise<void> {
  const detail =
    'Reading this document was interrupted again and again, and it is not tried any more. Save it in a simpler format, or split it, and upload that.';
  await end(deps, organizationId, { one, code: 'document_interrupts', detail, attempts: one.attempts });
}

type Ending = { one: Failing; code: string; detail: string; attempts: number };

async function rest(deps: KnowledgeDeps, organizationId: string, ending: Ending): Promise<void> {
  const { one, code, detail, attempts } = ending;
  const restMs = Math.min(REST_MAX_MS, REST_MIN_MS * 2 ** (attempts - 1));
  const change = {
    attempts,
    error_code: code,
    error_detail: detail,
    retry_at: new Date(Date.now() + restMs),
  };
  const at = { organizationId, documentId: one.document_id, version: one.version };
  await deps.db.as(systemActor(organizationId), (tx) =>
    updateVersion(tx, at, { from: UNDER_WAY, change: { ...change, stage: 'waiting to be tried again' } }),
  );
}

async function end(deps: KnowledgeDeps, organizationId: string, ending: Ending): Promise<void> {
  const { one, code, detail, attempts } = ending;
  const actor = systemActor(organizationId);
  const at = { organizationId, documentId: one.document_id, version: one.version };
  await deps.db.as(actor, async (tx) => {
    const failed = { status: 'failed' as const, stage: null, retry_at: null, attempts };
    const change = { ...failed, error_code: code, error_detail: detail };
    if (!(await updateVersion(tx, at, { from: UNDER_WAY, change }))) return;
    const remains = [{ document_id: one.document_id, version: one.version }];
    await addRemains(tx, organizationId, { remains, dueAt: new Date() });
    await deps.events.announce(tx, actor, {
      type: 'document.failed',
      subject_type: 'document',
      subject_id: one.document_id,
      workspace_id: one.workspace_id,
      details: { version: one.version, code },
    });
    await deps.queue.tell(tx, organizationId, CLEAR_DOCUMENTS);
  });
}

/** Problems of 422 are about the file itself; what nobody foresaw is told without its details, which stand in the log. */
function sayError(error: unknown): { code: string; detail: string; isLasting: boolean } {
  if (error instanceof Problem)
    return { code: error.code, detail: error.message.slice(0, 1_000), isLasting: error.status === 422 };
  const detail = 'Something went wrong on our side while this document was worked on. It is tried again.';
  return { code: 'internal', detail, isLasting: false };
}
