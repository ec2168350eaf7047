// Answers being written by this server: their events, for everybody who follows, and the one writer that keeps all of them in
// the database every few hundred milliseconds, however many there are.
import { systemActor } from '../../../platform/actor.ts';
import type { Log } from '../../../platform/log.ts';
import type { AgentDeps } from '../index.ts';
import type { MessageRow } from '../messages/store.ts';
import { writeDrafts } from '../messages/store.ts';
import { type ChatEvent, type Draft, foldEvent, openDraft, textOfParts } from './fold-event.ts';

const FLUSH_MS = 400;
/** An answer in which nothing happens is still said to be alive this often. */
const BEAT_MS = 4_000;
/** How long the events of an ended answer can still be followed from memory. */
const KEEP_MS = 30_000;
const RUNS_MAX = 20_000;

export type Run = {
  readonly organizationId: string;
  readonly messageId: string;
  readonly events: ChatEvent[];
  readonly draft: Draft;
  readonly signal: AbortSignal;
  ended: boolean;
  isDirty: boolean;
  writtenAtMs: number;
  /** Adds an event; everybody who follows is told. */
  emit(event: ChatEvent): void;
  /** Ends the calls under way: a person stopped it, the server stops, or it took too long. */
  stop(why: 'stopped' | 'interrupted' | 'timeout'): void;
  end(): void;
  /** Resolves when there is more than `seen` events, or it has ended. */
  more(seen: number): Promise<void>;
};
export type Runs = ReturnType<typeof createRuns>;

/** Makes the list of runs; `start` begins to write drafts down, `stop` ends what is under way. */
export function createRuns(deps: Pick<AgentDeps, 'db'> & { log: Log }) {
  const runs = new Map<string, Run>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const flush = () => {
    const due = [...runs.values()].filter(isDue);
    for (const [organizationId, some] of Map.groupBy(due, (run) => run.organizationId))
      writing = writing.then(() => write(deps, organizationId, some));
    writing = writing.finally(() => {
      if (timer) timer = setTimeout(flush, FLUSH_MS).unref();
    });
  };

  return {
    find: (messageId: string) => runs.get(messageId),
    isFull: () => runs.size >= RUNS_MAX,
    open(at: { organizationId: string; messageId: string; parts?: Draft['parts'] }): Run {
      const run = openRun(at, () => setTimeout(() => runs.delete(at.messageId), KEEP_MS).unref());
      runs.set(at.messageId, run);
      return run;
    },
    start() {
      timer = setTimeout(flush, FLUSH_MS).unref();
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      for (const run of runs.values()) run.stop('interrupted');
      for (let waited = 0; waited < 50 && [...runs.values()].some((run) => !run.ended); waited++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      await writing;
    },
  };
}

const isDue = (run: Run) => !run.ended && (run.isDirty || Date.now() - run.writtenAtMs > BEAT_MS);

/** Writes the drafts of one organization down, and learns which of them somebody wants stopped. */
async function write(
  deps: Pick<AgentDeps, 'db'> & { log: Log },
  organizationId: string,
  some: Run[],
): Promise<void> {
  const drafts = some.map(({ messageId, draft }) => ({
    id: messageId,
    parts: draft.parts,
    text: textOfParts(draft.parts),
  }));
  for (const run of some) Object.assign(run, { isDirty: false, writtenAtMs: Date.now() });
  try {
    const rows: Pick<MessageRow, 'id'>[] = await deps.db.as(systemActor(organizationId), (tx) =>
      writeDrafts(tx, organizationId, drafts),
    );
    const wanted = new Set(rows.map(({ id }) => id));
    for (const run of some) if (!wanted.has(run.messageId)) run.stop('stopped');
  } catch (error) {
    deps.log.warn({ error: (error as Error).message }, 'answers under way could not be written down');
    for (const run of some) run.isDirty = true;
  }
}

function openRun(
  at: { organizationId: string; messageId: string; parts?: Draft['parts'] },
  onEnd: () => void,
): Run {
  const stopper = new AbortController();
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const tell of waiting) tell();
    waiting.clear();
  };
  const run: Run = {
    organizationId: at.organizationId,
    messageId: at.messageId,
    events: [],
    draft: openDraft(at.parts),
    signal: stopper.signal,
    ended: false,
    isDirty: false,
    writtenAtMs: Date.now(),
    emit(event) {
      run.events.push(event);
      foldEvent(run.draft, event);
      run.isDirty = true;
      wake();
    },
    stop: (why) => stopper.abort(why),
    end() {
      run.ended = true;
      wake();
      onEnd();
    },
    more: (seen) =>
      run.ended || run.events.length > seen
        ? Promise.resolve()
        : new Promise((resolve) => void waiting.add(resolve)),
  };
  return run;
}
