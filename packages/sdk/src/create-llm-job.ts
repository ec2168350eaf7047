// `LLMJob.run({ template, workspace, context })`: a template run once, or over rows, in a workspace. What it runs is a job on
// the server, with everything that belongs to one: its row in the ledger, its retries, its result to be looked up later.
import type { Insula } from './create-insula.ts';
import { InsulaError } from './insula-error.ts';

type CreateInput = Parameters<Insula['jobs']['create']>[0];
export type LlmJobRecord = Awaited<ReturnType<Insula['jobs']['create']>>;

/** What is run, where; `workspace` is an id, or anything that has one. */
export type LlmJobInput = Omit<CreateInput, 'workspace_id' | 'rows' | 'mode'> & {
  workspace: string | { id: string };
  signal?: AbortSignal | undefined;
};
export type LlmJobResult = {
  /** The words of the answer. */
  text: string;
  provider: string | null;
  model: string | null;
  /** Micro-units of `currency`; null when the price is not known. */
  costMicros: number | null;
  currency: string | null;
  job: LlmJobRecord;
};
export type LlmBatchInput = LlmJobInput & {
  rows: NonNullable<CreateInput['rows']>;
  /** Told how far the job is, about once a second. */
  onProgress?: ((rows: LlmJobRecord['rows']) => void) | undefined;
};

export type LlmJob = {
  /** Runs a template once and waits for the answer; rejects with an InsulaError when no model answered. */
  run(input: LlmJobInput): Promise<LlmJobResult>;
  /** Begins a run in the background, or at `run_at` or by `cron`, and resolves with the job. */
  queue(input: LlmJobInput): Promise<LlmJobRecord>;
  /** Runs a template over rows and waits until all have ended; failed rows do not reject, they are counted. */
  batch(input: LlmBatchInput): Promise<LlmJobRecord>;
};

const LOOK_MS = 1_000;

/** Makes `LLMJob` for a client. */
export function createLlmJob(insula: Pick<Insula, 'jobs'>): LlmJob {
  const create = ({ workspace, signal, ...input }: LlmJobInput, mode: CreateInput['mode']) => {
    const workspace_id = typeof workspace === 'string' ? workspace : workspace.id;
    return insula.jobs.create({ ...input, workspace_id, mode } as CreateInput, { signal });
  };
  return {
    async run(input) {
      const job = await create(input, 'wait');
      const { result } = job;
      if (result?.state !== 'succeeded') throw failureOf(job);
      const { provider, model, cost_micros: costMicros, currency } = result;
      return { text: result.answer ?? '', provider, model, costMicros, currency, job };
    },
    queue(input) {
      const isTimed = input.run_at !== undefined || input.cron !== undefined;
      return create(input, isTimed ? 'schedule' : 'queue');
    },
    async batch({ onProgress, ...input }) {
      let job = await create(input, 'batch');
      while (job.ended_at === null) {
        await pause(LOOK_MS, input.signal);
        job = await insula.jobs.get(
          { workspace_id: job.workspace_id, job_id: job.id },
          { signal: input.signal },
        );
        onProgress?.(job.rows);
      }
      return job;
    },
  };
}

function failureOf(job: LlmJobRecord): InsulaError {
  const { error_code, error, call_id } = job.result ?? {};
  return new InsulaError({
    code: error_code ?? 'job_failed',
    status: 0,
    detail: error ?? `The job is ${job.state}.`,
    data: { job_id: job.id },
    requestId: call_id ?? undefined,
  });
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
