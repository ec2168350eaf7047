// The rest of a deletion, after the keys are gone: doors, counts, files, accounts, rows, certificate. It can begin again at
// any point; what was counted before anything was erased is kept.
import { setTimeout as pause } from 'node:timers/promises';
import { systemActor } from '../../../platform/actor.ts';
import { withOwner } from '../../../platform/db/owner.ts';
import { deleteEntry, findEntry } from '../directory/store.ts';
import { countCallsUnderWay } from '../placement/store.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { countOrganization, eraseOrganization, shutDoors } from './erase-organization.ts';
import { findCertificate } from './get-certificate.ts';
import { type Certificate, signCertificate } from './sign-certificate.ts';
import { countLonelyAccounts, type Draft, deleteLonelyAccounts, findRecord, putRecord } from './store.ts';

const TRIES = 3;
const PATIENCE_MS = 6_000;

/** Erases everything of an organization in deletion and certifies it; throws when something could not be erased. */
export async function finishRemoval(deps: TenancyDeps, organizationId: string): Promise<Certificate> {
  const finished = await findCertificate(deps, organizationId);
  const entry = await deps.db.asPlatform(null, (tx) => findEntry(tx, organizationId));
  if (finished && !entry) return finished;
  await shutDoors(deps, organizationId);
  await awaitCalls(deps, organizationId);
  const draft = await countOnce(deps, organizationId);
  await deps.blobs?.for(organizationId).removeAll();
  await deps.db.asPlatform(null, (tx) => deleteLonelyAccounts(tx, organizationId));
  await eraseCompletely(deps, organizationId);
  return certify(deps, organizationId, draft);
}

/** Calls in flight are cut within seconds; what they settle is to be counted and erased with the rest. */
async function awaitCalls(deps: TenancyDeps, organizationId: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (const name of deps.db.clusters.names())
    await withOwner(deps.db.clusters.get(name), async (owner) => {
      while (await owner.transact((tx) => countCallsUnderWay(tx, organizationId))) {
        if (performance.now() > deadline) return;
        await pause(200);
      }
    });
}

async function countOnce(deps: TenancyDeps, organizationId: string): Promise<Draft & { rows: Counted }> {
  const draft = (await deps.db.asPlatform(null, (tx) => findRecord(tx, organizationId))) as Draft | undefined;
  if (!draft) throw new Error('An organization is in deletion without a record of it.');
  if (draft.rows) return { ...draft, rows: draft.rows };
  const rows: Counted = await countOrganization(deps, organizationId);
  rows['main.platform.organizations'] = 1;
  if (draft.keys > 0) rows['main.platform.organization_keys'] = draft.keys;
  const files = await countFiles(deps, organizationId);
  if (files > 0) rows.files = files;
  await deps.db.asPlatform(null, async (tx) => {
    const accounts = await countLonelyAccounts(tx, organizationId);
    if (accounts > 0) rows['main.platform.accounts'] = accounts;
    await putRecord(tx, organizationId, { ...draft, rows });
  });
  return { ...draft, rows };
}

type Counted = Record<string, number>;

async function countFiles(deps: TenancyDeps, organizationId: string): Promise<number> {
  let files = 0;
  if (deps.blobs) for await (const _ of deps.blobs.for(organizationId).list()) files++;
  return files;
}

async function eraseCompletely(deps: TenancyDeps, organizationId: string): Promise<void> {
  let left: Counted = {};
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    await eraseOrganization(deps, organizationId);
    left = await countOrganization(deps, organizationId);
    if (Object.keys(left).length === 0) return;
  }
  throw new Error(`Rows of a deleted organization are left in ${Object.keys(left).join(', ')}.`);
}

async function certify(
  deps: TenancyDeps,
  organizationId: string,
  draft: Draft & { rows: Counted },
): Promise<Certificate> {
  const certificate = signCertificate(deps.signer, {
    organization_id: organizationId,
    slug: draft.slug,
    deleted_at: new Date(deps.clock.now()).toISOString(),
    key_destroyed_at: draft.key_destroyed_at,
    rows: draft.rows,
    remaining: 0,
  });
  await deps.db.asPlatform(null, async (tx) => {
    if (!(await deleteEntry(tx, organizationId))) throw new Error('The organization was certified already.');
    await putRecord(tx, organizationId, certificate);
    await deps.events.announceOnPlatform(tx, systemActor(organizationId), {
      type: 'organization.removed',
      subject_type: 'organization',
      subject_id: organizationId,
      details: { slug: draft.slug, digest: certificate.digest },
      about: organizationId,
    });
  });
  return certificate;
}
