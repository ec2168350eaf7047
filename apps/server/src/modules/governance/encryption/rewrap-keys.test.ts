import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GovernanceGround, openGovernanceGround } from '../../../../test/open-governance-ground.ts';
import type { Actor } from '../../../platform/actor.ts';
import { createSecrets } from '../../../platform/keys/create-secrets.ts';
import { createKeyring, parseMasterKey } from '../../../platform/keys/index.ts';
import { rewrapKeys } from './rewrap-keys.ts';

let ground: GovernanceGround;
beforeAll(async () => {
  ground = await openGovernanceGround();
});
afterAll(() => ground?.close());

const secretsUnder = (...masterKeys: Buffer[]) =>
  createSecrets({ db: ground.one.db, keyring: createKeyring({ masterKeys }) });
const place = { table: 'credentials', column: 'secret', row_id: 'x' };

describe('after a change of the master key', () => {
  it('every key is wrapped again, an interrupted run is taken up, and the earlier master key can go', async () => {
    const old = parseMasterKey(ground.env.ENCRYPTION_KEY!);
    const fresh = randomBytes(32);
    const actors: Actor[] = [];
    for (let n = 0; n < 130; n++) actors.push(await ground.makeOrganization());
    const [{ organization_id: one }, last] = [actors[0]!, actors.at(-1)!];
    const sealed = await ground.one.secrets.seal(one, place, Buffer.from('kept'));

    const missing = await rewrapKeys({ ...ground.one, secrets: secretsUnder(fresh) });
    expect(missing).toEqual({ rewrapped: 0, unopened: 130 });

    const secrets = secretsUnder(fresh, old);
    let pages = 0;
    const dying: typeof ground.one.db = {
      ...ground.one.db,
      asPlatform: (organizationId, work) =>
        ground.one.db.asPlatform(organizationId, async (tx) => {
          const done = await work(tx);
          pages += 1;
          if (pages > 1) throw new Error('killed before the commit');
          return done;
        }),
    };
    await expect(rewrapKeys({ ...ground.one, db: dying, secrets })).rejects.toThrow('killed');
    expect((await secrets.open(one, place, sealed)).toString()).toBe('kept');
    expect(await rewrapKeys({ ...ground.one, secrets })).toEqual({ rewrapped: 30, unopened: 0 });
    expect(await rewrapKeys({ ...ground.one, secrets })).toEqual({ rewrapped: 0, unopened: 0 });

    const later = secretsUnder(fresh);
    expect((await later.open(one, place, sealed)).toString()).toBe('kept');
    expect(await later.seal(last.organization_id, place, Buffer.from('new'))).toBeInstanceOf(Buffer);
    const { data } = await ground.one.governance.audit.listOfPlatform({
      limit: 10,
      type: 'encryption_keys.rewrapped',
    });
    expect(data.map((event) => event.details.keys)).toEqual([30, 100]);
  });
});
