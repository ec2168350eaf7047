import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type IdentityGround,
  openIdentityGround,
  type Place,
} from '../../../../test/open-identity-ground.ts';
import { newId } from '../../../platform/ids.ts';

const received: { to: string; raw: string }[] = [];
let refuse = false;
const postOffice = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, session, done) {
    readText(stream).then((raw) => {
      if (refuse) return done(new Error('the box is full'));
      received.push({ to: session.envelope.rcptTo[0]!.address, raw });
      done();
    }, done);
  },
});
let ground: IdentityGround;
let home: Place;
let token: string;
beforeAll(async () => {
  const listening = postOffice.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = postOffice.server.address() as AddressInfo;
  ground = await openIdentityGround({
    env: { SMTP_URL: `smtp://127.0.0.1:${port}`, PUBLIC_URL: 'https://ai.example.com/' },
  });
  home = await ground.newPlace();
  token = (await ground.signIn(await home.join('admin'))).access_token;
});
afterAll(async () => {
  await ground?.close();
  postOffice.close();
});

const address = () => `guest-${newId()}@example.com`;
const invite = (body: object, by = token, place = home) =>
  ground.api('POST', `/v1/organizations/${place.id}/invitations`, {
    token: by,
    headers: { host: 'ai.example.com' },
    body: { email: address(), role: 'user', ...body },
  });

describe('inviting', () => {
  it('mails a link whose secret stands behind the #, and shows it to the inviter once', async () => {
    const email = address();
    const answer = await invite({ email });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ email, role: 'user', delivered: true });
    expect(answer.body.url).toMatch(/^https:\/\/ai\.example\.com\/join#token=[0-9A-Za-z]{62}$/);
    const mail = received.find((one) => one.to === email)!;
    const plain = mail.raw.replace(/=\r?\n/g, '').replaceAll('=3D', '=');
    expect(plain).toContain(answer.body.url);
    const list = await ground.api('GET', `/v1/organizations/${home.id}/invitations`, { token });
    const shown = (list.body.data as { id: string }[]).find((one) => one.id === answer.body.id);
    expect(shown).toBeDefined();
    expect(list.text).not.toContain('token');
  });

  it('a mail server that refuses is told, and the invitation stands', async () => {
    refuse = true;
    const answer = await invite({});
    refuse = false;
    expect(answer.body).toMatchObject({ delivered: false });
    const secret = (answer.body.url as string).split('#token=')[1];
    const preview = await ground.api('POST', '/v1/invitations/preview', { body: { token: secret } });
    expect(preview.status).toBe(200);
  });

  it('max_users bounds members and open invitations together, also for many at the same moment', async () => {
    const place = await ground.newPlace();
    const admin = (await ground.signIn(await place.join('admin'))).access_token;
    await ground.platformRows('update organizations set max_users = 4 where organization_id = $1', place.id);
    await place.rows(`select pg_notify('insula', $1)`, place.id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answers = await Promise.all(Array.from({ length: 10 }, () => invite({}, admin, place)));
    expect(answers.filter((one) => one.status === 201)).toHaveLength(3);
    const refused = answers.filter((one) => one.body.code === 'too_many_members');
    expect(refused).toHaveLength(7);
    const open = answers.find((one) => one.status === 201)!;
    const path = `/v1/organizations/${place.id}/invitations/${open.body.id}`;
    await ground.api('DELETE', path, { token: admin });
    expect((await invite({}, admin, place)).status).toBe(201);
  });

  it('nobody is invited twice, and no member is invited', async () => {
    const email = address();
    expect((await invite({ email })).status).toBe(201);
    expect((await invite({ email: email.toUpperCase() })).body.code).toBe('invitation_open');
    const member = await home.join('user');
    expect((await invite({ email: member.email })).body.code).toBe('member_exists');
  });

  it('nobody invites to more than they may do, nor to a place they cannot see', async () => {
    const made = await ground.api('POST', `/v1/organizations/${home.id}/roles`, {
      token,
      body: { name: 'Host', permissions: ['members:write', 'workspaces:read'] },
    });
    const host = (await ground.signIn(await home.join(made.body.slug as string))).access_token;
    expect((await invite({ role: 'user' }, host)).body.code).toBe('rights_exceeded');
    expect((await invite({ role: 'guest' }, host)).status).toBe(201);
    const placed = [{ workspace_id: home.workspaceId, role: 'viewer' }];
    expect((await invite({ role: 'guest', workspace_roles: placed }, host)).body.code).toBe(
      'rights_exceeded',
    );
    const elsewhere = await ground.newPlace();
    for (const workspace_id of [elsewhere.workspaceId, newId()]) {
      const answer = await invite({ workspace_roles: [{ workspace_id, role: 'viewer' }] });
      expect([answer.status, answer.body.code]).toEqual([404, 'workspace_not_found']);
    }
    expect((await invite({ role: 'no-such-role' })).body.code).toBe('role_unknown');
  });

  it('needs members:write, and another organization is not there', async () => {
    const user = (await ground.signIn(await home.join('user'))).access_token;
    expect((await invite({}, user)).status).toBe(403);
    const elsewhere = await ground.newPlace();
    expect((await invite({}, token, elsewhere)).status).toBe(404);
    const stranger = (await ground.signIn(await elsewhere.join('admin'))).access_token;
    const open = await invite({});
    const path = `/v1/organizations/${elsewhere.id}/invitations/${open.body.id}`;
    const answer = await ground.api('DELETE', path, { token: stranger });
    expect([answer.status, answer.body.code]).toEqual([404, 'invitation_not_found']);
  });

  it('a suspended member is out at once, with sessions and keys', async () => {
    const person = await home.join('admin');
    const session = await ground.signIn(person);
    const key = await ground.api('POST', `/v1/workspaces/${home.workspaceId}/api-keys`, {
      token: session.access_token,
      body: { name: 'theirs', scopes: ['agents:read'] },
    });
    const agents = `/v1/workspaces/${home.workspaceId}/agents`;
    const byKey = () => ground.api('GET', agents, { token: key.body.key as string });
    expect((await byKey()).status).toBe(200);
    const member = `/v1/organizations/${home.id}/users/${session.user.id}`;
    const done = await ground.api('PATCH', member, { token, body: { status: 'suspended' } });
    expect(done.body).toMatchObject({ status: 'suspended' });
    expect((await byKey()).status).toBe(401);
    const mine = await ground.api('GET', '/v1/auth/me', { token: session.access_token });
    expect(mine.status).toBe(401);
    await ground.api('PATCH', member, { token, body: { status: 'active' } });
    expect((await byKey()).status).toBe(401);
    const told = (await home.events('member.changed')).filter((one) => one.subject_id === session.user.id);
    expect(told.some((one) => one.details.keys_revoked === 1)).toBe(true);
  });

  it('a removed member is out, and may be invited and join anew', async () => {
    const person = await home.join('user');
    const session = await ground.signIn(person);
    const path = `/v1/organizations/${home.id}/members/${session.user.id}`;
    expect((await ground.api('DELETE', path, { token })).status).toBe(200);
    expect((await ground.api('GET', '/v1/auth/me', { token: session.access_token })).status).toBe(401);
    const denied = await ground.api('POST', '/v1/auth/login', {
      body: { email: person.email, password: person.password },
    });
    expect(denied.body.code).toBe('no_organization');
    const again = await invite({ email: person.email });
    const secret = (again.body.url as string).split('#token=')[1];
    const body = { token: secret, password: person.password };
    expect((await ground.api('POST', '/v1/invitations/accept', { body })).status).toBe(200);
    expect((await ground.signIn(person)).organization.id).toBe(home.id);
  });
});
