// A call as rows of the ledger: what is said of it before it is made, and after.
import { type Budget, reserveBudgets } from '../budgets/reserve-budgets.ts';
import {
  type Entry,
  type Origin,
  type Price,
  priceCall,
  type TokenCounts,
  timeOfId,
} from '../ledger/index.ts';
import type { Connection } from '../providers/connect-provider.ts';
import type { Dialect } from '../providers/provider-list.ts';
import type { Surface } from '../wires/index.ts';
import type { Verdict } from './judge-exchange.ts';
import type { Ask } from './read-ask.ts';

/** On whose account a call is made; from the verified credential alone. */
export type Caller = {
  organization_id: string;
  workspace_id: string | null;
  actor_kind: string;
  actor_id: string | null;
};

export type { Dialect } from '../providers/provider-list.ts';

/** Where a call goes, resolved and with its credential in the headers. */
export type Target = {
  provider: string;
  credential_id: string | null;
  origin: string;
  path: string;
  /** What stands between the origin and a path of the provider's API: `/v1`. */
  base_path?: string;
  /** Absent: OpenAI's. */
  dialect?: Dialect;
  /** The provider does not speak the protocol of the call, which is translated. Absent or false: bytes pass as they come. */
  is_translated?: boolean;
  headers: Record<string, string>;
  upstream_model: string;
  priced_as: { provider: string; model: string };
  /** False for the few providers that refuse `stream_options`. */
  streams_usage?: boolean;
  /** What models are opened from, where the provider is translated to. */
  connection?: Connection;
};

/** The model route that chose a target, and what it calls the target. */
export type Chosen = { route_id: string; variant: string };

export type BookedCall = {
  /** UUIDv7: the id in the ledger and the `x-request-id` of the answer; the same for all attempts. */
  id: string;
  /** From 1; each attempt has its own intent and settlement. */
  attempt: number;
  caller: Caller;
  target: Target;
  surface: Surface;
  chosen?: Chosen | undefined;
  /** What in the house makes the call; left out when its caller is outside. */
  origin?: Origin | undefined;
  /** The budgets that hold for the caller; left out when none does. */
  budgets?: readonly Budget[] | undefined;
};

type IntentFacts = { replicaId: string; worst: TokenCounts; price: Price | undefined };

/** The row before the call: the worst case, which is what an orphan is billed as, and what its budgets are asked for. Throws BudgetRefused. */
export function bookIntent(call: BookedCall, ask: Ask, { replicaId, worst, price }: IntentFacts): Entry {
  const cost = priceCall(worst, price);
  return {
    id: call.id,
    attempt: call.attempt,
    organization_id: call.caller.organization_id,
    workspace_id: call.caller.workspace_id,
    actor_kind: call.caller.actor_kind,
    actor_id: call.caller.actor_id,
    replica_id: replicaId,
    surface: call.surface,
    provider: call.target.provider,
    credential_id: call.target.credential_id,
    requested_model: ask.model,
    upstream_model: call.target.upstream_model,
    ...worst,
    ...cost,
    ...(call.origin ? { origin: call.origin } : {}),
    ...(call.budgets ? { budgets: reserveBudgets(call.budgets, cost, timeOfId(call.id)) } : {}),
    usage_source: 'estimated',
    status: null,
    streamed: ask.stream,
    latency_ms: null,
    first_byte_ms: null,
    route_id: call.chosen?.route_id ?? null,
    variant: call.chosen?.variant ?? null,
    failure: null,
    cache: null,
  };
}

type SettlementFacts = {
  verdict: Verdict;
  price: Price | undefined;
  latencyMs: number;
  firstByteMs: number | undefined;
  cache?: Entry['cache'] | undefined;
};

/** The row after the call. Nothing used costs nothing, whether the price is known or not. */
export function bookSettlement(intent: Entry, facts: SettlementFacts): Entry {
  const { tokens, status, usageSource } = facts.verdict;
  const cost = priceCall(tokens, facts.price);
  const isFree =
    tokens.input_tokens + tokens.cached_input_tokens + tokens.output_tokens + tokens.reasoning_tokens === 0;
  return {
    ...intent,
    ...tokens,
    ...cost,
    cost_micros: isFree ? 0 : cost.cost_micros,
    usage_source: usageSource,
    status,
    latency_ms: facts.latencyMs,
    first_byte_ms: facts.firstByteMs ?? null,
    failure: facts.verdict.failure?.code ?? null,
    cache: facts.cache ?? null,
  };
}
