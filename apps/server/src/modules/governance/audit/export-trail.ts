// The trail as JSON lines: a first line that says whose it is and which keys sign it, every sealed event in order with its
// hash, the checkpoints between them, and a last line by which a cut download is noticed. Whatever is wrong is exported
// as it is; the verifier is the one who judges.
import { systemActor } from '../../../platform/actor.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import { chainEventOf } from '../chain/hash-event.ts';
import type { TrustedKeys } from '../chain/sign-checkpoint.ts';
import { listCheckpoints, listSeals, readEnds } from './store.ts';

const PAGE = 500;

export type ExportDeps = { db: Pick<Database, 'as'>; trustedKeys: TrustedKeys };

/** Yields the lines page by page, each page a transaction of its own; ends where the chain ended when it began. */
export async function* exportTrail(deps: ExportDeps, organizationId: string): AsyncGenerator<string> {
  const actor = systemActor(organizationId);
  const ends = await deps.db.as(actor, (tx) => readEnds(tx, organizationId));
  const keys = deps.trustedKeys.map(({ kid, x }) => ({ kty: 'OKP', crv: 'Ed25519', x, kid }));
  yield line({ kind: 'trail', format: 'insula trail 1', organization_id: organizationId, keys });
  const counts = { events: 0, checkpoints: 0 };
  for (let after = 0; ; ) {
    const page = await deps.db.as(actor, async (tx) => {
      const seals = await listSeals(tx, organizationId, { after, upTo: ends.seal, limit: PAGE });
      const upTo = seals.length === PAGE ? seals.at(-1)!.seq : Math.max(ends.seal, ends.checkpoint);
      return { upTo, seals, checkpoints: await listCheckpoints(tx, organizationId, { after, upTo }) };
    });
    counts.events += page.seals.length;
    counts.checkpoints += page.checkpoints.length;
    yield writePage(page);
    if (page.seals.length < PAGE) break;
    after = page.upTo;
  }
  yield line({ kind: 'end', ...counts });
}

function writePage(page: {
  seals: Awaited<ReturnType<typeof listSeals>>;
  checkpoints: Awaited<ReturnType<typeof listCheckpoints>>;
}): string {
  const seals = page.seals.map(({ seq, event_id, hash, event }) => ({
    ...{ kind: 'event', seq, event_id, hash: hash.toString('hex') },
    event: event && chainEventOf(event),
  }));
  const checkpoints = page.checkpoints.map(({ seq, hash, at, signing_key, signature }) => ({
    ...{ kind: 'checkpoint', seq, hash, at, signing_key },
    signature: signature.toString('base64url'),
  }));
  const rank = (one: { kind: string }) => (one.kind === 'event' ? 0 : 1);
  return [...seals, ...checkpoints]
    .sort((a, b) => a.seq - b.seq || rank(a) - rank(b))
    .map(line)
    .join('');
}

const line = (value: unknown) => `${JSON.stringify(value)}\n`;
