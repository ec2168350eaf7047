// One row of the ledger, and its way into a batch. What a caller controls (a model's name) can never spoil the rows of
// others: text is cleaned, numbers and ids are checked, before a row may wait beside its neighbours.

export type UsageSource = 'provider' | 'counted' | 'estimated';

/** What an intent reserves of one budget's period: refused unless spent + reserved + `micros` is within `limit_micros`. */
export type BudgetAsk = {
  budget_id: string;
  /** RFC 3339. */
  period_start: string;
  workspace_id: string | null;
  limit_micros: number;
  micros: number;
  /** Spending at which somebody wants to be told. */
  warn_micros: number[];
};

/** An attempt at a call. The four classes of tokens are disjoint; times are milliseconds; `null` is "not known". */
export type Entry = {
  /** UUIDv7; the moment inside it is the entry's `at`. The same for all attempts at one request. */
  id: string;
  attempt: number;
  organization_id: string;
  workspace_id: string | null;
  actor_kind: string;
  actor_id: string | null;
  replica_id: string;
  surface: string;
  provider: string;
  credential_id: string | null;
  requested_model: string;
  upstream_model: string;
  input_tokens: number | null;
  cached_input_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  /** Micro-units of `currency`; null when the price is not known, never zero for that reason. */
  cost_micros: number | null;
  currency: string | null;
  price_version: number | null;
  usage_source: UsageSource;
  /** HTTP status of the call; null in an intent. */
  status: number | null;
  streamed: boolean;
  latency_ms: number | null;
  first_byte_ms: number | null;
  /** The model route that chose the target, and what it calls the target. */
  route_id: string | null;
  variant: string | null;
  /** The code of the failure the attempt ended with. */
  failure: string | null;
  /** Answered without a provider, and how it was found. */
  cache: 'exact' | 'semantic' | null;
  /** What in the house made the call; left out when a caller from outside did. */
  origin?: Origin;
  /** The budgets that hold for the call; left out when none does. */
  budgets?: BudgetAsk[];
};

/** What a call was made for: `job`, `agent` …; the thing it was made by, the run of it, and the step of the run. */
export type Origin = {
  purpose: string;
  subject_id: string | null;
  run_id: string | null;
  step: number | null;
};

/** 0: about to be sent to the provider; 1: settled. (2, swept, is written by the database alone.) */
export type Phase = 0 | 1;

/** An entry that cannot be a row; nothing was written. */
export class LedgerRowError extends Error {
  override readonly name = 'LedgerRowError';
}

/** Inserts a JSON array of rows. Without a conflict target, which a role that may only insert can use: a row that is there already stays. */
export const INSERT_ROWS = `
  insert into ledger.entries (at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
    surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
    reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
    route_id, variant, failure, cache, purpose, subject_id, run_id, step)
  select at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id,
    surface, provider, credential_id, requested_model, upstream_model, input_tokens, cached_input_tokens, output_tokens,
    reasoning_tokens, cost_micros, currency, price_version, usage_source, status, streamed, latency_ms, first_byte_ms,
    route_id, variant, failure, cache, purpose, subject_id, run_id, step
  from json_to_recordset($1::json) as r (at timestamptz, id uuid, attempt int2, phase int2, organization_id uuid,
    workspace_id uuid, actor_kind text, actor_id uuid, replica_id uuid, surface text, provider text, credential_id uuid,
    requested_model text, upstream_model text, input_tokens int4, cached_input_tokens int4, output_tokens int4,
    reasoning_tokens int4, cost_micros int8, currency text, price_version int4, usage_source text, status int2,
    streamed bool, latency_ms int4, first_byte_ms int4, route_id uuid, variant text, failure text, cache text,
    purpose text, subject_id uuid, run_id uuid, step int4)
  on conflict do nothing`;

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const INT4_MAX = 2_147_483_647;
const TEXT_MAX = 256;

/** The moment inside a UUIDv7, in milliseconds since the epoch. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The entry as one JSON object for `INSERT_ROWS`. Throws LedgerRowError when an id or a number is out of bounds. */
export function writeRow(entry: Entry, phase: Phase): string {
  for (const id of [entry.id, entry.organization_id, entry.replica_id]) checkId(id);
  for (const id of [entry.workspace_id, entry.actor_id, entry.credential_id, entry.route_id])
    if (id !== null) checkId(id);
  checkNumber('attempt', entry.attempt, 100);
  checkNumber('input_tokens', entry.input_tokens, INT4_MAX);
  checkNumber('cached_input_tokens', entry.cached_input_tokens, INT4_MAX);
  checkNumber('output_tokens', entry.output_tokens, INT4_MAX);
  checkNumber('reasoning_tokens', entry.reasoning_tokens, INT4_MAX);
  checkNumber('cost_micros', entry.cost_micros, Number.MAX_SAFE_INTEGER);
  checkNumber('price_version', entry.price_version, INT4_MAX);
  checkNumber('status', entry.status, 999);
  checkNumber('latency_ms', entry.latency_ms, INT4_MAX);
  checkNumber('first_byte_ms', entry.first_byte_ms, INT4_MAX);
  if (entry.origin) checkOrigin(entry.origin);
  for (const { micros, limit_micros } of entry.budgets ?? []) {
    checkNumber('micros', micros, Number.MAX_SAFE_INTEGER);
    checkNumber('limit_micros', limit_micros, Number.MAX_SAFE_INTEGER);
  }
  const { budgets, origin } = entry;
  const { input_tokens, cached_input_tokens, output_tokens, reasoning_tokens } = entry;
  const { cost_micros, price_version, status, latency_ms, first_byte_ms } = entry;
  // Put together by hand: ids and numbers were checked above and need no escapes, which is several times faster.
  return `{"at":"${new Date(timeOfId(entry.id)).toISOString()}","id":"${entry.id}","attempt":${entry.attempt},"phase":${phase},\
"organization_id":"${entry.organization_id}","workspace_id":${quoted(entry.workspace_id)},\
"actor_kind":${text(entry.actor_kind)},"actor_id":${quoted(entry.actor_id)},"replica_id":"${entry.replica_id}",\
"surface":${text(entry.surface)},"provider":${text(entry.provider)},"credential_id":${quoted(entry.credential_id)},\
"requested_model":${text(entry.requested_model)},"upstream_model":${text(entry.upstream_model)},\
"input_tokens":${input_tokens},"cached_input_tokens":${cached_input_tokens},"output_tokens":${output_tokens},\
"reasoning_tokens":${reasoning_tokens},"cost_micros":${cost_micros},"currency":${text(entry.currency)},\
"price_version":${price_version},"usage_source":${text(entry.usage_source)},"status":${status},"streamed":${entry.streamed},\
"latency_ms":${latency_ms},"first_byte_ms":${first_byte_ms},"route_id":${quoted(entry.route_id)},\
"variant":${text(entry.variant)},"failure":${text(entry.failure)},"cache":${text(entry.cache)}\
${origin ? writeOrigin(origin) : ''}${budgets ? `,"budgets":${JSON.stringify(budgets)}` : ''}}`;
}

function checkOrigin({ subject_id, run_id, step }: Origin): void {
  for (const id of [subject_id, run_id]) if (id !== null) checkId(id);
  checkNumber('step', step, INT4_MAX);
}

function writeOrigin({ purpose, subject_id, run_id, step }: Origin): string {
  return `,"purpose":${text(purpose)},"subject_id":${quoted(subject_id)},"run_id":${quoted(run_id)},"step":${step}`;
}

/** An id that was checked. */
const quoted = (id: string | null): string => (id === null ? 'null' : `"${id}"`);

const PLAIN = /^[\w .:/@-]{0,256}$/;

/** A text as JSON, cleaned; nearly all are plain. */
function text(value: string | null): string {
  if (value === null) return 'null';
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(cleanText(value));
}

/** Whether a written row names budgets: only a field of the row itself has these quotes unescaped. */
export function hasBudgets(row: string): boolean {
  return row.includes('"budgets":[');
}

function checkId(id: string): void {
  if (!UUID.test(id)) throw new LedgerRowError(`"${String(id).slice(0, 40)}" is not a UUID.`);
}

function checkNumber(name: string, value: number | null, max: number): void {
  if (value === null || (Number.isInteger(value) && value >= 0 && value <= max)) return;
  throw new LedgerRowError(`${name} is a whole number from 0 to ${max}, not ${value}.`);
}

/** PostgreSQL takes neither U+0000 nor half a surrogate pair; a name needs no control characters at all. */
function cleanText(text: string): string {
  const short = text.length > TEXT_MAX ? text.slice(0, TEXT_MAX) : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones to find.
  return short.toWellFormed().replace(/[\u0000-\u001f]/g, '\ufffd');
}
