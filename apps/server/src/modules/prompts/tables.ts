// The rows of prompts, their versions, and what was tried with them, as the database holds them.
import type { ColumnType, Generated } from 'kysely';
import type { AuthorColumns } from './author-of.ts';

/** JSON that is written as its text. */
type Json<T = unknown> = ColumnType<T, string, string>;
type In = { organization_id: string; workspace_id: string };

export type PromptsTable = In &
  AuthorColumns & {
    id: string;
    name: string;
    title: string;
    description: string;
    category: string;
    tags: string[];
    is_enhancement_prompt: boolean;
    latest_number: number;
    found_by: string;
    removed_at: Date | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
export type PromptVersionsTable = In &
  AuthorColumns & {
    prompt_id: string;
    number: number;
    content: Json;
    variables: Json;
    settings: Json;
    note: string;
    created_at: Generated<Date>;
  };
export type PromptLabelsTable = In & {
  prompt_id: string;
  label: string;
  number: number;
  moved_by: string;
  moved_at: Generated<Date>;
};

/** What every call of a model leaves in the row that asked for it. */
export type AnswerColumns = {
  answer: string | null;
  error_code: string | null;
  error: string | null;
  provider: string | null;
  model: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  /** int8, which comes as text. */
  cost_micros: ColumnType<string | null, number | null, number | null>;
  currency: string | null;
  latency_ms: number | null;
};

export type EnhancementsTable = In &
  AuthorColumns & {
    id: string;
    prompt_id: string | null;
    base_number: number | null;
    content: Json;
    instructions: string;
    suggestion: Json;
    explanation: string;
    call_id: string;
    accepted_number: number | null;
    created_at: Generated<Date>;
  } & Pick<AnswerColumns, 'provider' | 'model' | 'cost_micros' | 'currency'>;
export type AiSettingsTable = In & { actor_id: string; settings: Json; updated_at: Generated<Date> };
export type PlaygroundSharesTable = In &
  AuthorColumns & { id: string; title: string; state: Json; created_at: Generated<Date> };

export type ComparisonsTable = In &
  AuthorColumns & {
    id: string;
    title: string;
    content: ColumnType<unknown, string | null, never>;
    values: Json;
    created_at: Generated<Date>;
  };
export type ComparisonAnswersTable = In &
  AnswerColumns & {
    comparison_id: string;
    position: number;
    prompt_id: string | null;
    prompt_number: number | null;
    settings: Json;
    state: 'running' | 'succeeded' | 'failed';
    call_id: string;
  };
export type ComparisonVotesTable = In & {
  comparison_id: string;
  voter_id: string;
  position: number;
  note: string;
  voted_at: Generated<Date>;
};

export type JobState = 'scheduled' | 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
export type JobsTable = In & {
  id: string;
  name: string;
  purpose: 'job' | 'evaluation';
  mode: 'wait' | 'queue' | 'schedule' | 'batch';
  state: JobState;
  template: Json;
  prompt_id: string | null;
  prompt_number: number | null;
  concurrency: number;
  attempts_max: number;
  cron: string | null;
  time_zone: string | null;
  next_at: Date | null;
  parent_id: string | null;
  actor_kind: string;
  actor_id: string | null;
  actor_name: string;
  created_at: Generated<Date>;
  started_at: Date | null;
  ended_at: Date | null;
};
export type JobRowState = 'waiting' | 'running' | 'answered' | 'succeeded' | 'failed' | 'cancelled';
export type JobRowsTable = In &
  AnswerColumns & {
    job_id: string;
    number: number;
    context: Json;
    state: JobRowState;
    attempts: number;
    not_before: Date | null;
    lease_until: Date | null;
    call_id: string | null;
    scores: ColumnType<unknown, string | null, string | null>;
    is_passed: boolean | null;
    started_at: Date | null;
    ended_at: Date | null;
  };

export type DatasetsTable = In & {
  id: string;
  name: string;
  description: string;
  assertions: Json;
  row_count: Generated<number>;
  next_number: Generated<number>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
};
export type DatasetRowsTable = In & {
  dataset_id: string;
  number: number;
  inputs: Json;
  expected: string | null;
  assertions: Json;
};
export type EvaluationsTable = In & {
  id: string;
  prompt_id: string;
  number: number;
  dataset_id: string;
  assertions: Json;
};
export type PromptGatesTable = In & {
  prompt_id: string;
  label: string;
  dataset_id: string;
  minimum_pass_rate: number;
  created_at: Generated<Date>;
};

/** The module's tables, by the names that queries use. */
export type PromptTables = {
  prompts: PromptsTable;
  prompt_versions: PromptVersionsTable;
  prompt_labels: PromptLabelsTable;
  enhancements: EnhancementsTable;
  ai_settings: AiSettingsTable;
  playground_shares: PlaygroundSharesTable;
  comparisons: ComparisonsTable;
  comparison_answers: ComparisonAnswersTable;
  comparison_votes: ComparisonVotesTable;
  jobs: JobsTable;
  job_rows: JobRowsTable;
  datasets: DatasetsTable;
  dataset_rows: DatasetRowsTable;
  evaluations: EvaluationsTable;
  prompt_gates: PromptGatesTable;
};
