// Sweeps every endpoint that changes something: done with success, it leaves exactly one event, in the trail of the
// organization or in the platform's own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeInput, requestOf } from './inputs.ts';
import { openSweepGround, type SweepGround } from './open-sweep-ground.ts';
import type { Endpoint } from './read-endpoints.ts';
import type { Home } from './things.ts';

/** What is done with another method than GET and changes nothing. */
const changesNothing: Record<string, string> = {
  'invitations.preview': 'shows what a link invites to; the secret must not stand in an address',
  'agents.preview': 'shows the prompt of an agent with changes that are not saved',
  'chat.regenerate': 'recorded in the conversation and in the ledger',
  'chat.continue': 'recorded in the conversation and in the ledger',
  'chat.stop': 'ends an answer, which its own row says',
  'linkedConversations.open': 'shows what a link shows; the secret must not stand in an address',
  'linkedConversations.openPublic': 'shows what a link shows; the secret must not stand in an address',
  'workspaceGuardrails.test': 'shows what a text would become; nothing of it is kept',
  'usage.reconcile': 'compares an invoice with the ledger; the invoice is too large for an address',
  'search.search': 'finds passages; a question is too large for an address',
  'search.rag': 'finds passages; a question is too large for an address',
  'graph.search': 'finds; a question may be longer than an address',
  'prompts.render': 'shows what words become; nothing of it is kept',
  'promptVersions.render': 'shows what a version becomes; nothing of it is kept',
  'openaiSurface.chatCompletions': 'recorded in the ledger',
  'openaiSurface.embeddings': 'recorded in the ledger',
  'openaiSurface.responses': 'recorded in the ledger',
  'openaiSurface.completions': 'recorded in the ledger',
  'anthropicSurface.messages': 'recorded in the ledger',
  'anthropicSurface.countTokens': 'recorded in the ledger',
};

/** What is told in more than one trail, or makes several things at once. */
const tellsMore: Record<string, string[]> = {
  'organizations.create': [
    'agent.created',
    'organization.created',
    'organization.created',
    'workspace.created',
  ],
  'auth.changePassword': ['account.password_changed', 'account.password_changed'],
  'encryptionKeys.rotate': ['encryption_key.rotated', 'encryption_key.rotated'],
  'invitations.accept': ['account.created', 'invitation.accepted', 'session.opened'],
};

/** Operations that end the credential or the organization they are tried with: each has people of its own. */
const needsOwnPeople =
  /^(auth\.|organizations\.(remove|suspend|resume|move)|workspaces\.remove|invitations\.accept)/;

let ground: SweepGround;
let operator: string;
let home: Home;
let admin: Awaited<ReturnType<SweepGround['enliven']>>;

beforeAll(async () => {
  ground = await openSweepGround();
  operator = await ground.signInOperator();
  home = await ground.newHome();
  admin = await ground.enliven(await ground.furnish(home, 'first'));
});
afterAll(() => ground.close());

/** Calls an endpoint with things made for it alone; answers the status and the events of that very request. */
async function callFresh(endpoint: Endpoint) {
  const isOwn = needsOwnPeople.test(endpoint.name);
  const place = isOwn ? await ground.newHome() : home;
  const furnished = await ground.furnish(place, `m${place.workspace_id.slice(-6)}${Date.now()}`);
  const { token, things } = isOwn
    ? await ground.enliven(furnished)
    : { ...admin, things: { ...admin.things, ...ids(furnished) } };
  if (endpoint.name === 'organizations.resume')
    await ground.api('POST', `/v1/organizations/${place.organization_id}/suspend`, {
      token: operator,
      body: {},
    });
  const { method, path, body } = requestOf(endpoint, makeInput(endpoint, things));
  const credential = endpoint.meta.permission?.startsWith('platform:') ? operator : token;
  const answer = await ground.api(method, path, {
    ...(endpoint.meta.public ? {} : { token: credential }),
    ...(body === undefined ? {} : { body: JSON.parse(body) }),
  });
  return { answer, events: await eventsOf(answer.headers.get('x-request-id')!) };
}

/** The ids of rows, without what only a living person has. */
function ids(things: Awaited<ReturnType<SweepGround['furnish']>>) {
  const {
    email: _e,
    password: _p,
    refresh_token: _r,
    invitation_token: _i,
    share_token: _s,
    ...rest
  } = things;
  const { provider_url: _u, provider_key: _k, model: _m, ...rows } = rest;
  return rows;
}

async function eventsOf(requestId: string): Promise<string[]> {
  const schemas = await ground.rows<{ schema_name: string }>(
    'select schema_name from platform.tenant_schemas',
  );
  const found = await Promise.all(
    schemas.map(({ schema_name }) =>
      ground.rows<{ type: string }>(`select type from ${schema_name}.events where request_id = $1`, [
        requestId,
      ]),
    ),
  );
  return found.flat().map(({ type }) => type);
}

describe('every endpoint that changes something', () => {
  it('leaves exactly one event when it succeeds', { timeout: 300_000 }, async () => {
    const wrong: unknown[] = [];
    const changing = ground.each.filter(({ method }) => method !== 'GET');
    // Model calls first: what comes after them turns guardrails on.
    const isCall = ({ name }: Endpoint) => Number(/^(openai|anthropic)Surface\./.test(name));
    for (const endpoint of changing.toSorted((a, b) => isCall(b) - isCall(a))) {
      const { answer, events } = await callFresh(endpoint);
      const more = tellsMore[endpoint.name];
      const isRight = more
        ? events.toSorted().join() === more.join()
        : events.length === (endpoint.name in changesNothing ? 0 : 1);
      if (answer.status < 300 && isRight) continue;
      wrong.push({ name: endpoint.name, status: answer.status, events, text: answer.text.slice(0, 300) });
    }
    expect(wrong).toEqual([]);
  });

  it('leaves none when it is refused', { timeout: 120_000 }, async () => {
    const wrong: unknown[] = [];
    const guest = (await ground.signIn(await ground.join(home, 'guest'))).access_token;
    for (const endpoint of ground.each.filter(({ method, meta }) => method !== 'GET' && meta.permission)) {
      const { method, path, body } = requestOf(endpoint, makeInput(endpoint, admin.things));
      const answer = await ground.api(method, path, { token: guest, body: JSON.parse(body ?? '{}') });
      const events = await eventsOf(answer.headers.get('x-request-id')!);
      if (answer.status < 400 || events.length > 0)
        wrong.push({ name: endpoint.name, status: answer.status, events });
    }
    expect(wrong).toEqual([]);
  });
});
