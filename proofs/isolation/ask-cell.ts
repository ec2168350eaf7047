// The request of one cell: the attacker's own input with a foreign thing in one position, or in all of them at once.
import { type Input, makeInput, requestOf } from '../../apps/server/test/sweeps/inputs.ts';
import type { Endpoint } from '../../apps/server/test/sweeps/read-endpoints.ts';
import { putAt } from '../../apps/server/test/sweeps/shape-fields.ts';
import type { Things } from '../../apps/server/test/sweeps/things.ts';
import type { Position } from './list-positions.ts';
import type { Attacker, Credential, Scene } from './open-scene.ts';
import { twinOf } from './twin-of.ts';

export type Cell = { endpoint: Endpoint; position: Position | 'everywhere'; things: Things };
/** `sent`: every text of the request. `value`: what stood at the position. */
export type Answer = { status: number; text: string; sent: string[]; value: string };
type Asker = { scene: Scene; attacker: Attacker; credential: Credential };

/** Each of these hashes a password. */
export const slowEndpoints = new Set([
  'auth.login',
  'auth.logout',
  'auth.changePassword',
  'invitations.accept',
]);

/** Sends the request of a cell as the attacker. */
export async function askCell(asker: Asker, { endpoint, position, things }: Cell): Promise<Answer> {
  const { scene, attacker } = asker;
  const own = attacker.things;
  const { input, headers } =
    position === 'everywhere'
      ? everywhere(endpoint, things, own)
      : one(endpoint, position, { foreign: things, own });
  const token = await tokenOf(asker, endpoint);
  const { method, path, body } = requestOf(endpoint, input);
  const answer = await fetch(scene.ground.url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  const sent = [...Object.values(headers), ...textsOf(input)];
  return {
    status: answer.status,
    text: answer.headers.get('idempotency-replayed') ? `replayed ${text}` : text,
    sent,
    value: position === 'everywhere' ? '' : position.value(things, own),
  };
}

function one(endpoint: Endpoint, position: Position, { foreign, own }: { foreign: Things; own: Things }) {
  const value = position.value(foreign, own);
  if (position.path) return { input: putAt(ownInput(endpoint, own), position.path, value), headers: {} };
  // What a header must not lead to is not used up when it does not: a thing that is ended is one that never was.
  const spared = endsThings(endpoint) ? twinOf(own, own, ['organization_id', 'workspace_id']) : own;
  return { input: ownInput(endpoint, spared), headers: { [position.header!]: value } };
}

function everywhere(endpoint: Endpoint, foreign: Things, own: Things) {
  const { email, password, refresh_token, invitation_token, provider_url, provider_key } = own;
  const mixed = { ...foreign, email, password, refresh_token, invitation_token, provider_url, provider_key };
  const headers = { 'x-tenant-id': foreign.organization_id, 'x-workspace-id': foreign.workspace_id };
  return { input: ownInput(endpoint, mixed), headers };
}

const endsThings = ({ name, method }: Endpoint) =>
  method === 'DELETE' || ['apiKeys.rotate', 'jobs.retry', 'jobs.cancel'].includes(name);

function ownInput(endpoint: Endpoint, things: Things): Input {
  const input = makeInput(endpoint, things);
  // Refused, so that the attacker can go on with the password and the keys there are.
  if (endpoint.name === 'auth.changePassword') return { ...input, new_password: 'x' };
  if (endpoint.name === 'encryptionKeys.rotate') return { ...input, key: 'x' };
  if (endpoint.name === 'invitations.accept') return { ...input, token: `${things.invitation_token}x` };
  return input;
}

async function tokenOf(
  { scene, attacker, credential }: Asker,
  endpoint: Endpoint,
): Promise<string | undefined> {
  if (slowEndpoints.has(endpoint.name)) await scene.ground.rows('delete from platform.sign_in_failures');
  if (endpoint.meta.public) return undefined;
  if (endpoint.name !== 'auth.logout' || !credential.person) return credential.secret;
  return (await scene.ground.signIn(credential.person, attacker.things.organization_slug)).access_token;
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}
