// Embeddings that the house makes itself: of documents, in the background and for nobody in particular, and of the questions
// that are asked of them. They are carried like every other call: limits, budgets, routing, the ledger.
import { problem } from '@insula/contract';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { Principal } from '../admission/require-right.ts';
import type { Gateway } from '../index.ts';
import type { Origin } from '../ledger/index.ts';
import { AskError, readAsk } from '../relay/index.ts';
import { parseObject } from '../usage/index.ts';
import { carryCall } from './carry-call.ts';
import { openMemoryAnswer } from './open-memory-answer.ts';

export type EmbedWish = {
  workspaceId: string;
  model: string;
  texts: readonly string[];
  /** Some models embed a question otherwise than the texts it is asked of. */
  purpose: 'passage' | 'query';
  origin: Origin;
  signal?: AbortSignal | undefined;
};
export type EmbeddedTexts = {
  /** One for each text, in order; undefined when the call failed. */
  vectors: Float32Array[] | undefined;
  failure: { code: string; status: number; message: string } | undefined;
};

/** Embeds texts by a model of the workspace; throws a Problem when the call may not be made at all. */
export async function embedCall(gateway: Gateway, actor: Actor, wish: EmbedWish): Promise<EmbeddedTexts> {
  const principal = await principalOf(gateway, actor, wish.workspaceId);
  const answer = openMemoryAnswer();
  const leave = () => answer.leave();
  wish.signal?.addEventListener('abort', leave);
  if (wish.signal?.aborted) leave();
  try {
    const { failure } = await carryCall(gateway, {
      id: newId(),
      principal,
      surface: 'embeddings',
      response: answer,
      readAsk: () => askOf(wish),
      directive: undefined,
      origin: wish.origin,
      begin: () => gateway.watchAccess(principal, () => principalOf(gateway, actor, wish.workspaceId)),
    });
    wish.signal?.throwIfAborted();
    if (failure) {
      const { code, status, message } = failure;
      return { vectors: undefined, failure: { code, status, message: message.slice(0, 500) } };
    }
    return { vectors: readVectors(answer.body(), wish.texts.length), failure: undefined };
  } finally {
    wish.signal?.removeEventListener('abort', leave);
  }
}

/** Whoever may search or upload may have it embedded; the server itself acts for the workspace. */
async function principalOf(gateway: Gateway, actor: Actor, workspaceId: string): Promise<Principal> {
  const right = 'ai:query' as const;
  if (actor.kind === 'system')
    return {
      kind: 'system',
      id: workspaceId,
      organization_id: actor.organization_id,
      workspace_id: workspaceId,
      permissions: new Set([right]),
      rate_limit_per_minute: null,
    };
  const known = await gateway.deps.recall(actor, workspaceId);
  if (!known) throw problem('forbidden', { permission: right });
  return { ...known, permissions: new Set([...known.permissions, right]) };
}

function askOf({ model, texts, purpose }: EmbedWish) {
  const body = { model, input: texts, encoding_format: 'float' };
  try {
    const ask = readAsk(Buffer.from(JSON.stringify(body)));
    return purpose === 'query' ? { ...ask, inputType: 'search_query' as const } : ask;
  } catch (error) {
    if (error instanceof AskError) throw problem('invalid_request', { detail: error.failure.message });
    throw error;
  }
}

/** The vectors of an answer in OpenAI's shape, in the order of their indexes. */
function readVectors(bytes: Buffer, count: number): Float32Array[] | undefined {
  const rows = (parseObject(bytes) as { data?: unknown } | undefined)?.data;
  if (!Array.isArray(rows) || rows.length !== count) return undefined;
  const vectors: Float32Array[] = new Array(count);
  for (const row of rows as { index?: unknown; embedding?: unknown }[]) {
    if (!Array.isArray(row.embedding) || !Number.isInteger(row.index)) return undefined;
    vectors[row.index as number] = Float32Array.from(row.embedding as number[]);
  }
  return vectors.includes(undefined as never) ? undefined : vectors;
}
