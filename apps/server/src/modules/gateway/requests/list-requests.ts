// Reading the request log: pages, one call with its attempts, and what settles now.
import { setTimeout as sleep } from 'node:timers/promises';
import { problem } from '@insula/contract';
import type { call } from '@insula/contract/gateway';
import { type chainStep, type loggedRequest, requestProblem } from '@insula/contract/requests';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { timeOfId } from '../ledger/index.ts';
import { findLogRow, listAttempts, listSettled, listRequests as readRequests } from './store.ts';

export type LoggedRequest = z.infer<typeof loggedRequest>;
export type Attempt = z.infer<typeof call>;
export type ChainStep = z.infer<typeof chainStep>;
type Period = { from?: string | undefined; to?: string | undefined };
type Wanted = Period & {
  workspace_id: string;
  model?: string | undefined;
  provider?: string | undefined;
  actor_id?: string | undefined;
  outcome?: 'answered' | 'failed' | undefined;
  q?: string | undefined;
  limit: number;
  cursor?: string | undefined;
};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const POLL_MS = 1_000;

/** A page of calls, newest first, each as its last attempt settled it. */
export async function listRequests(
  deps: GatewayDeps,
  actor: Actor,
  input: Wanted,
): Promise<{ data: LoggedRequest[]; next_cursor: string | null }> {
  const home = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const rows = await deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, home);
    const filter = {
      ...home,
      from: input.from ? new Date(input.from) : undefined,
      until: input.to ? new Date(input.to) : undefined,
      model: input.model,
      provider: input.provider,
      actorId: input.actor_id,
      outcome: input.outcome,
      q: input.q,
    };
    return readRequests(tx, filter, { limit: input.limit + 1, before: readCursor(input.cursor) });
  });
  const data = rows.slice(0, input.limit);
  const last = data.at(-1);
  return {
    data: data.map(presentRequest),
    next_cursor: rows.length > input.limit && last ? Buffer.from(last.id).toString('base64url') : null,
  };
}

/** One call with all its attempts and what the log keeps of it; throws `request_not_found`. */
export async function getRequest(
  deps: GatewayDeps,
  actor: Actor,
  input: { workspace_id: string; request_id: string },
) {
  const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id, id: input.request_id };
  const { attempts, kept } = await deps.db.as(actor, async (tx) => ({
    attempts: await listAttempts(tx, at, new Date(timeOfId(at.id) || 0)),
    kept: await findLogRow(tx, at),
  }));
  const last = attempts.at(-1);
  if (!last) throw requestProblem('request_not_found');
  return {
    request: presentRequest({ ...last, content: kept?.content ?? null }),
    attempts: attempts.map(presentAttempt),
    chain: kept ? (kept.chain as ChainStep[]) : attempts.map(stepOf),
    findings: kept ? (kept.findings as Record<string, unknown>[]) : [],
    request_text: kept?.request ?? null,
    response_text: kept?.response ?? null,
  };
}

/** Attempts that settled from `after` on, at once or as soon as there is one within `wait_seconds`. */
export async function tailRequests(
  deps: GatewayDeps,
  actor: Actor,
  input: { workspace_id: string; after?: string | undefined; wait_seconds: number },
): Promise<{ data: Attempt[]; next_after: string }> {
  const home = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const endsAt = performance.now() + input.wait_seconds * 1_000;
  let next = input.after ? new Date(input.after) : undefined;
  for (;;) {
    const from = next;
    const { looked, rows } = await deps.db.as(actor, async (tx) => {
      await deps.requireWorkspace(tx, home);
      return listSettled(tx, { ...home, from });
    });
    next = looked;
    if (rows.length > 0 || performance.now() + POLL_MS > endsAt)
      return { data: rows.map(presentAttempt), next_after: looked.toISOString() };
    await sleep(POLL_MS);
  }
}

type CallRow = Awaited<ReturnType<typeof listAttempts>>[number];

function presentAttempt(row: CallRow): Attempt {
  return {
    ...row,
    at: row.at.toISOString(),
    cost_micros: row.cost_micros === null ? null : Number(row.cost_micros),
  } as Attempt;
}

function presentRequest({ attempt, content, ...row }: CallRow & { content: string | null }): LoggedRequest {
  return {
    ...presentAttempt({ ...row, attempt } as CallRow),
    attempts: attempt,
    content: (content ?? 'none') as LoggedRequest['content'],
  };
}

function stepOf(row: CallRow): ChainStep {
  return {
    provider: row.provider,
    credential_id: row.credential_id,
    model: row.upstream_model,
    attempt: row.attempt,
    outcome: row.failure === null ? 'answered' : 'failed',
    reason: row.failure,
  };
}

function readCursor(cursor: string | undefined): { id: string; at: Date } | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!UUID.test(id))
    throw problem('invalid_request', { detail: 'cursor: send the next_cursor of an earlier answer.' });
  return { id, at: new Date(timeOfId(id)) };
}
