// Verification: the chain is computed again from the events, page by page, against what is stored and what was signed.
// It finds an event changed, removed or slipped in, a seal removed or moved, a chain rewritten, a checkpoint forged.
import type { event, trailProblem } from '@insula/contract/governance';
import type { z } from 'zod';
import { systemActor } from '../../../platform/actor.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import { GENESIS, hashEvent } from '../chain/hash-event.ts';
import { findCheckpointProblem, type SignedCheckpoint, type TrustedKeys } from '../chain/sign-checkpoint.ts';
import { BATCH_MAX } from './seal-batch.ts';
import { listAccounts, listCheckpoints, listSeals, readEnds, type SealRow } from './store.ts';

export type Finding = {
  seq: number | null;
  event_id: z.infer<typeof event>['id'] | null;
  problem: z.infer<typeof trailProblem>;
};
export type Verification = {
  ok: boolean;
  events: number;
  sealed: number;
  unsealed: number;
  first_problem: Finding | null;
  checkpoint: SignedCheckpoint | null;
};
export type VerifyInput = { organizationId: string; known?: { seq: number; hash: string } | undefined };
export type VerifyDeps = { db: Pick<Database, 'as'>; trustedKeys: TrustedKeys };

const SEALS_PAGE = 500;
const EVENTS_PAGE = 2_000;
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Where a walk along the chain stands. */
type Walk = { seq: number; hash: Buffer; sealed: number; signedUpTo: number };
type Page = { seals: SealRow[]; checkpoints: SignedCheckpoint[] };

/** Verifies the whole trail of an organization as it was when the call began; `known` is a checkpoint noted earlier. */
export async function verifyTrail(deps: VerifyDeps, input: VerifyInput): Promise<Verification> {
  const { organizationId } = input;
  const actor = systemActor(organizationId);
  const ends = await deps.db.as(actor, (tx) => readEnds(tx, organizationId));
  const chain = await verifyChain(deps, input, ends);
  const accounts = await countAccounts(deps, organizationId);
  const [checkpoint] =
    ends.checkpoint === 0
      ? []
      : await deps.db.as(actor, (tx) =>
          listCheckpoints(tx, organizationId, { after: ends.checkpoint - 1, upTo: ends.checkpoint }),
        );
  const first = chain.problem ?? accounts.problem;
  return {
    ok: first === undefined,
    events: accounts.events,
    sealed: chain.sealed,
    unsealed: accounts.unsealed,
    first_problem: first ?? null,
    checkpoint: checkpoint ?? null,
  };
}

async function verifyChain(
  deps: VerifyDeps,
  input: VerifyInput,
  ends: { seal: number; checkpoint: number },
): Promise<{ sealed: number; problem: Finding | undefined }> {
  const { organizationId, known } = input;
  const walk: Walk = { seq: 0, hash: GENESIS, sealed: 0, signedUpTo: 0 };
  while (walk.seq < ends.seal) {
    const page = await deps.db.as(systemActor(organizationId), async (tx): Promise<Page> => {
      const seals = await listSeals(tx, organizationId, {
        after: walk.seq,
        upTo: ends.seal,
        limit: SEALS_PAGE,
      });
      const upTo = seals.at(-1)?.seq ?? walk.seq;
      return { seals, checkpoints: await listCheckpoints(tx, organizationId, { after: walk.seq, upTo }) };
    });
    const problem = walkPage(walk, page, { trusted: deps.trustedKeys, known });
    if (problem) return { sealed: walk.sealed, problem };
    if (page.seals.length === 0) break;
  }
  return { sealed: walk.sealed, problem: judgeEnd(walk, ends, known) };
}

/** What is missing behind the last seal: every chain ends with a checkpoint, and reaches what was known of it. */
function judgeEnd(
  walk: Walk,
  ends: { checkpoint: number },
  known: VerifyInput['known'],
): Finding | undefined {
  if (Math.max(ends.checkpoint, known?.seq ?? 0) > walk.seq)
    return { seq: walk.seq + 1, event_id: null, problem: 'seal_missing' };
  if (walk.signedUpTo < walk.seq) return { seq: walk.seq, event_id: null, problem: 'checkpoint_missing' };
  return undefined;
}

function walkPage(
  walk: Walk,
  page: Page,
  against: { trusted: TrustedKeys; known: VerifyInput['known'] },
): Finding | undefined {
  const checkpoints = new Map(page.checkpoints.map((one) => [one.seq, one]));
  for (const seal of page.seals) {
    const { seq, event_id } = seal;
    if (seq !== walk.seq + 1) return { seq: walk.seq + 1, event_id: null, problem: 'seal_missing' };
    if (seal.event === null) return { seq, event_id, problem: 'event_missing' };
    const hash = hashEvent(walk.hash, seq, seal.event);
    if (!hash.equals(seal.hash)) return { seq, event_id, problem: 'hash_differs' };
    const checkpoint = checkpoints.get(seq);
    const forged = checkpoint && findCheckpointProblem(checkpoint, against.trusted);
    if (forged) return { seq, event_id, problem: forged };
    const said = [checkpoint?.hash, against.known?.seq === seq ? against.known.hash : undefined];
    if (said.some((one) => one !== undefined && one !== hash.toString('hex')))
      return { seq, event_id, problem: 'chain_rewritten' };
    if (!checkpoint && seq - walk.signedUpTo >= BATCH_MAX)
      return { seq, event_id: null, problem: 'checkpoint_missing' };
    if (checkpoint) walk.signedUpTo = seq;
    walk.seq = seq;
    walk.hash = hash;
    walk.sealed += 1;
  }
  return undefined;
}

/** Every event is either sealed or waits; whatever waits is there. */
async function countAccounts(deps: VerifyDeps, organizationId: string) {
  const found = { events: 0, unsealed: 0, problem: undefined as Finding | undefined };
  for (let after = NO_ID; ; ) {
    const rows = await deps.db.as(systemActor(organizationId), (tx) =>
      listAccounts(tx, organizationId, { after, limit: EVENTS_PAGE }),
    );
    for (const row of rows) {
      if (row.present) found.events += 1;
      if (row.waiting && !row.sealed) found.unsealed += 1;
      if (!row.present) found.problem ??= { seq: null, event_id: row.event_id, problem: 'event_missing' };
      else if (!row.sealed && !row.waiting)
        found.problem ??= { seq: null, event_id: row.event_id, problem: 'event_unaccounted' };
    }
    const last = rows.at(-1);
    if (!last || rows.length < EVENTS_PAGE) return found;
    after = last.event_id;
  }
}
