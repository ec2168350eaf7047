// Writes the request log beside the calls, never in their way: rows wait in memory for a moment, bounded, and what does not
// fit is counted and left out. The ledger knows every call whether or not it has a row here.
import { systemActor } from '../../../platform/actor.ts';
import { NoSuchOrganization } from '../../../platform/db/door.ts';
import type { Count, Metrics } from '../../../platform/metrics/index.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { addLogRows, type NewLogRow } from './store.ts';

export type RequestLog = {
  /** Keeps a row of an organization, soon. */
  keep(organizationId: string, row: NewLogRow): void;
  /** Writes what waits. */
  flush(): Promise<void>;
};

const WAIT_MS = 250;
const ROWS_AT_ONCE = 200;
/** Characters that may wait to be written; some 64 MB of memory. */
const WAITING_MAX = 32_000_000;

/** Makes the log of this server. */
export function createRequestLog(deps: Pick<GatewayDeps, 'db' | 'log'>, metrics: Metrics): RequestLog {
  const waiting = new Map<string, NewLogRow[]>();
  const lost = metrics.counter(
    'insula_request_log_lost_total',
    'Rows of the request log that were not written.',
    ['reason'],
  );
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  async function writeAll(): Promise<void> {
    const batches = [...waiting];
    waiting.clear();
    size = 0;
    for (const [organizationId, rows] of batches)
      for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
        await write({ ...deps, lost: lost('database') }, organizationId, rows.slice(at, at + ROWS_AT_ONCE));
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(writeAll);
    return writing;
  }

  return {
    keep(organizationId, row) {
      const length = (row.request?.length ?? 0) + (row.response?.length ?? 0) + 500;
      if (size + length > WAITING_MAX) return lost('full').add();
      size += length;
      const rows = waiting.get(organizationId);
      if (rows) rows.push(row);
      else waiting.set(organizationId, [row]);
      timer ??= setTimeout(() => void flush(), WAIT_MS).unref();
    },
    flush,
  };
}

type Writing = Pick<GatewayDeps, 'db' | 'log'> & { lost: Count };

async function write({ db, log, lost }: Writing, organizationId: string, rows: NewLogRow[]): Promise<void> {
  try {
    await db.as(systemActor(organizationId), (tx) => addLogRows(tx, organizationId, rows));
  } catch (error) {
    lost.add(rows.length);
    if (error instanceof NoSuchOrganization) return;
    const facts = { organization_id: organizationId, error: (error as Error).message };
    log.warn(facts, 'rows of the request log could not be written');
  }
}
