// Deletion: the keys first, then everything, then a certificate anybody can check; and a killed server changes nothing of that.
import { createHash } from 'node:crypto';
import { organizations } from '@insula/contract/tenancy';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTenancyGround, steady, type TenancyGround } from '../../../../test/open-tenancy-ground.ts';
import { onPostgres } from '../../../../test/world.ts';
import { newId } from '../../../platform/ids.ts';
import { SealBroken, verifyRecord } from '../../../platform/keys/index.ts';
import { DEFAULT_ORGANIZATION, DEFAULT_WORKSPACE, resumeLifecycle } from '../index.ts';
import type { Certificate } from './sign-certificate.ts';
import { writeStatement } from './sign-certificate.ts';

let ground: TenancyGround;
type Organization = Awaited<ReturnType<TenancyGround['newOrganization']>>;

beforeAll(async () => {
  ground = await openTenancyGround({ regions: ['eu'] });
});
afterAll(() => ground?.close());

const remove = ({ id, slug }: { id: string; slug: string }) =>
  ground.routes.organizations.remove(ground.call, { organization_id: id, confirm: slug });
const codeOf = (error: { code?: string }) => error.code;

/** An organization with a row in every tenant table that needs no parent, a person, a file and a model call. */
async function furnish(organization: Organization): Promise<{ account: string }> {
  const { id, actor } = organization;
  const account = newId();
  await ground.deps.db.asPlatform(null, async (tx) => {
    await sql`insert into accounts (account_id, email, name) values (${account}, ${`${account}@example.com`}, 'Ann')`.execute(
      tx,
    );
    await sql`insert into account_memberships (account_id, organization_id) values (${account}, ${id})`.execute(
      tx,
    );
  });
  await ground.deps.db.as(actor, async (tx) => {
    await sql`insert into members (organization_id, id, account_id, email, name, role) values (${id}, ${newId()}, ${account}, ${`${account}@example.com`}, 'Ann', 'admin')`.execute(
      tx,
    );
  });
  await ground.app.blobs.for(id).put('documents/a.txt', Buffer.from('secret'));
  await ground.rows(
    `insert into ledger.entries (at, id, attempt, phase, organization_id, actor_kind, replica_id, surface, provider, requested_model, upstream_model, usage_source, streamed)
      values (now(), $2, 1, 1, $1, 'member', $2, 'chat.completions', 'fake', 'm', 'm', 'provider', false)`,
    [id, newId()],
  );
  return { account };
}

async function expectGone(organization: Organization): Promise<void> {
  for (const cluster of ground.deps.db.clusters.names())
    expect(Object.keys(await ground.count(organization.id, cluster))).toEqual(
      cluster === 'main' ? ['platform.deletion_certificates'] : [],
    );
  const compact = organization.id.replaceAll('-', '');
  expect(await ground.rows('select from pg_namespace where nspname = $1', [`o_${compact}`])).toEqual([]);
  expect(await ground.rows('select from pg_roles where rolname = $1', [`insula_o_${compact}`])).toEqual([]);
  const files: string[] = [];
  for await (const file of ground.app.blobs.for(organization.id).list()) files.push(file);
  expect(files).toEqual([]);
}

function expectVerifiable(certificate: Certificate): void {
  const bytes = writeStatement(certificate);
  expect(certificate.digest).toBe(createHash('sha256').update(bytes).digest('hex'));
  const signature = Buffer.from(certificate.signature, 'base64url');
  expect(verifyRecord(certificate.signing_key, bytes, signature)).toBe(true);
  expect(certificate.signing_key).toEqual(ground.app.signer.jwk());
  const forged = writeStatement({ ...certificate, rows: { ...certificate.rows, files: 2 } });
  expect(verifyRecord(certificate.signing_key, forged, signature)).toBe(false);
}

describe.each(['pooled', 'dedicated'] as const)('%s', (placement) => {
  test('deletion leaves no row anywhere, takes nothing of others, and its certificate can be verified', async () => {
    const organization = await ground.newOrganization({ placement });
    const bystander = await ground.newOrganization();
    await furnish(organization);
    await furnish(bystander);
    const [before, there] = [await ground.count(organization.id), await ground.count(bystander.id)];
    const certificate = await remove(organization);
    await expectGone(organization);
    expect(steady(await ground.count(bystander.id))).toEqual(steady(there));
    expect(await ground.app.blobs.for(bystander.id).get('documents/a.txt')).toEqual(Buffer.from('secret'));
    expectVerifiable(certificate);
    expect(certificate).toMatchObject({
      organization_id: organization.id,
      slug: organization.slug,
      remaining: 0,
    });
    expect(steady(certificate.rows)).toEqual({
      ...steady(before, 'main.'),
      files: 1,
      'main.platform.accounts': 1,
    });
    const output = organizations.getCertificate['~orpc'].outputSchema!;
    const kept = await ground.routes.organizations.getCertificate(ground.call, {
      organization_id: organization.id,
    });
    expect(await output['~standard'].validate(kept)).toEqual({ value: certificate });
    expect(await remove(organization)).toEqual(certificate);
  });
});

describe('who and what stays', () => {
  test('accounts that belong elsewhere too, and platform administrators, stay', async () => {
    const [organization, other] = [await ground.newOrganization(), await ground.newOrganization()];
    const [lonely, elsewhere, administrator] = [
      await furnish(organization),
      await furnish(organization),
      await furnish(organization),
    ];
    await ground.deps.db.asPlatform(null, async (tx) => {
      await sql`insert into account_memberships (account_id, organization_id) values (${elsewhere.account}, ${other.id})`.execute(
        tx,
      );
      await sql`update accounts set platform_admin = true where account_id = ${administrator.account}`.execute(
        tx,
      );
    });
    await remove(organization);
    const left = await ground.rows<{ account_id: string }>(
      'select account_id from platform.accounts where account_id = any ($1)',
      [[lonely.account, elsewhere.account, administrator.account]],
    );
    expect(left.map((row) => row.account_id).sort()).toEqual(
      [elsewhere.account, administrator.account].sort(),
    );
  });

  test('the default organization is protected', async () => {
    await ground.deps.db.asPlatform(null, (tx) => sql`select 1`.execute(tx));
    const [known] = await ground.rows('select from platform.organizations where organization_id = $1', [
      DEFAULT_ORGANIZATION,
    ]);
    if (!known) await ground.newOrganization({ id: DEFAULT_ORGANIZATION, workspace_id: DEFAULT_WORKSPACE });
    expect(await remove({ id: DEFAULT_ORGANIZATION, slug: 'default' }).catch(codeOf)).toBe(
      'default_protected',
    );
  });

  test('a wrong confirmation, an unknown organization and a missing certificate are refused', async () => {
    const organization = await ground.newOrganization();
    expect(await remove({ id: organization.id, slug: 'other' }).catch(codeOf)).toBe('confirmation_differs');
    expect(await remove({ id: newId(), slug: 'x' }).catch(codeOf)).toBe('organization_not_found');
    const wanted = ground.routes.organizations.getCertificate(ground.call, {
      organization_id: organization.id,
    });
    expect(await wanted.catch(codeOf)).toBe('certificate_not_found');
    await remove(organization);
    expect(await remove({ id: organization.id, slug: 'other' }).catch(codeOf)).toBe('organization_not_found');
  });
});

describe('the keys first', () => {
  test('from the first transaction on nothing can be opened and no door lets in', async () => {
    const organization = await ground.newOrganization();
    const { secrets, db } = ground.deps;
    const place = { table: 't', column: 'c', row_id: 'r' };
    const sealed = await secrets.seal(organization.id, place, Buffer.from('secret'));
    await killRemovalWhen(organization, "status = 'deleting'");
    await expect
      .poll(() => secrets.open(organization.id, place, sealed).catch((error) => error))
      .toBeInstanceOf(SealBroken);
    await expect(db.as(organization.actor, async () => 'in')).rejects.toMatchObject({
      name: 'NoSuchOrganization',
    });
    const [event] = await ground.rows(
      'select details from tenants.events where subject_id = $1 and type = $2',
      [organization.id, 'organization.removal_started'],
    );
    expect(event).toMatchObject({ details: { keys_destroyed: 1 } });
    await ground.recover(organization.id);
    await expectGone(organization);
  });

  /** Kills deletions at later and later queries until the directory shows the state wanted. */
  async function killRemovalWhen(organization: Organization, condition: string): Promise<void> {
    for (let at = 1; ; at++) {
      await ground.killAt({ at, after: true }, ({ organizations: doomed }) =>
        doomed.remove(ground.call, { organization_id: organization.id, confirm: organization.slug }),
      );
      const found = await ground.rows(
        `select from platform.organizations where organization_id = $1 and ${condition}`,
        [organization.id],
      );
      if (found.length > 0) return;
    }
  }
});

describe.each([
  ['before a query is sent', false],
  ['after a query was carried out', true],
] as const)('killed %s', (_, after) => {
  test.each(['pooled', 'dedicated'] as const)(
    'the deletion of a %s one is carried on',
    async (placement) => {
      const stride = 23;
      let kills = 0;
      for (let at = 1 + (after ? 11 : 0); ; at += stride) {
        const organization = await ground.newOrganization({ placement });
        await furnish(organization);
        const before = await ground.count(organization.id);
        const killed = await ground.killAt({ at, after }, ({ organizations: doomed }) =>
          doomed.remove(ground.call, { organization_id: organization.id, confirm: organization.slug }),
        );
        await resumeLifecycle(ground.deps);
        const [entry] = await ground.rows<{ status: string }>(
          'select status from platform.organizations where organization_id = $1',
          [organization.id],
        );
        if (entry) expect(entry.status).toBe('active'); // killed before anything was begun
        const certificate = await remove(organization);
        await expectGone(organization);
        expectVerifiable(certificate);
        expect(steady(certificate.rows)).toMatchObject(steady(before, 'main.'));
        const events = await ground.rows<{ type: string }>(
          "select type from tenants.events where subject_id = $1 and type like 'organization.remov%' order by id",
          [organization.id],
        );
        expect(events.map((row) => row.type)).toEqual([
          'organization.removal_started',
          'organization.removed',
        ]);
        if (!killed) break;
        kills++;
      }
      expect(kills).toBeGreaterThan(3);
    },
    240_000,
  );
});

describe('leftovers', () => {
  test('what a killed provisioning left is cleared, what still goes on is left alone', async () => {
    let kills = 0;
    for (let at = 3; at < 60; at += 5) {
      const placement = at % 2 ? 'pooled' : 'dedicated';
      kills += Number(
        await ground.killAt({ at, after: false }, ({ newOrganization }) => newOrganization({ placement })),
      );
    }
    expect(kills).toBeGreaterThan(5);
    const find = () =>
      ground.rows<{ organization_id: string; slug: string }>(
        "select organization_id, slug from platform.organizations where status = 'provisioning' order by slug",
      );
    const left = await find();
    expect(left.length).toBeGreaterThan(0);
    await resumeLifecycle(ground.deps);
    expect(await find()).toEqual(left);
    await ground.rows(
      "update platform.organizations set updated_at = now() - interval '6 minutes' where status = 'provisioning'",
    );
    await resumeLifecycle(ground.deps);
    expect(await find()).toEqual([]);
    for (const { organization_id } of left) expect(await ground.count(organization_id)).toEqual({});
  });

  test('a call that settles after the deletion is erased too', async () => {
    const organization = await ground.newOrganization();
    await remove(organization);
    await ground.rows(
      `insert into ledger.entries (at, id, attempt, phase, organization_id, actor_kind, replica_id, surface, provider, requested_model, upstream_model, usage_source, streamed)
        values (now(), $2, 1, 1, $1, 'member', $2, 'chat.completions', 'fake', 'm', 'm', 'provider', false)`,
      [organization.id, newId()],
    );
    await resumeLifecycle(ground.deps);
    await expectGone(organization);
  });

  test.runIf(onPostgres)('what lies in another cluster goes too', async () => {
    const organization = await ground.newOrganization({ data_region: 'eu', placement: 'dedicated' });
    await furnish(organization);
    const certificate = await remove(organization);
    await expectGone(organization);
    const clusters = new Set(Object.keys(certificate.rows).map((table) => table.split('.')[0]));
    expect([...clusters].sort()).toEqual(['eu', 'files', 'main']);
  });
});
