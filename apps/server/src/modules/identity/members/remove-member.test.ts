import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type IdentityGround,
  openIdentityGround,
  type Place,
} from '../../../../test/open-identity-ground.ts';
import { deleteHint, findHintMoment, renewHint } from './store.ts';

let ground: IdentityGround;
let home: Place;
beforeAll(async () => {
  ground = await openIdentityGround();
  home = await ground.newPlace();
});
afterAll(() => ground?.close());

describe('removing a member', () => {
  it('takes along the note of where to look for the account', async () => {
    const { access_token: token } = await ground.signIn(await home.join('admin'));
    const { accountId, memberId } = await home.join('user');
    const at = { organizationId: home.id, accountId };
    const noted = () => ground.app.db.asPlatform(null, (tx) => findHintMoment(tx, at));
    expect(await noted()).toBeDefined();
    await ground.api('DELETE', `/v1/organizations/${home.id}/members/${memberId}`, { token });
    expect(await noted()).toBeUndefined();
  });

  it('leaves a note that was renewed meanwhile, because the person joined again', async () => {
    const { accountId } = await home.join('user');
    const at = { organizationId: home.id, accountId };
    const noted = () => ground.app.db.asPlatform(null, (tx) => findHintMoment(tx, at));
    const before = (await noted())!;
    await ground.app.db.asPlatform(null, (tx) => renewHint(tx, at));
    await ground.app.db.asPlatform(null, (tx) => deleteHint(tx, { ...at, moment: before }));
    const after = await noted();
    expect(after).toBeDefined();
    await ground.app.db.asPlatform(null, (tx) => deleteHint(tx, { ...at, moment: after! }));
    expect(await noted()).toBeUndefined();
  });
});
