// The matrix: every endpoint × every position of an id × whose id × every kind of credential. The answer for a foreign id must
// be the bytes that a random id gets, and no answer may hold a canary or an id of a victim.
import { type Input, makeInput, requestOf } from '../../apps/server/test/sweeps/inputs.ts';
import type { Endpoint } from '../../apps/server/test/sweeps/read-endpoints.ts';
import { putAt } from '../../apps/server/test/sweeps/shape-fields.ts';
import type { Things } from '../../apps/server/test/sweeps/things.ts';
import { createJudge, type Judge } from './create-judge.ts';
import { isOfWorkspace, listPositions, type Position } from './list-positions.ts';
import {
  type Attacker,
  type Credential,
  forgetKeys,
  freeText,
  type Scene,
  type Victim,
} from './open-scene.ts';
import { twinOf } from './twin-of.ts';

export type Leak = { cell: string; why: string; answer: string };
export type MatrixOptions = {
  endpoints: Endpoint[];
  attacker: Attacker;
  credential: Credential;
  /** Whether the answers for a foreign and for a random id are compared. Without tenant predicates they may differ. */
  isCompared: boolean;
};
export type MatrixResult = { cells: number; requests: number; statuses: Map<number, number>; leaks: Leak[] };

type Run = MatrixOptions & { scene: Scene; judge: Judge; result: MatrixResult };
type Cell = { endpoint: Endpoint; position: Position | 'everywhere'; victim: Victim };
type Answer = { status: number; text: string; sent: string[]; value: string };

/** Tries all cells of one credential of one attacker. */
export async function runMatrix(scene: Scene, options: MatrixOptions): Promise<MatrixResult> {
  const result: MatrixResult = { cells: 0, requests: 0, statuses: new Map(), leaks: [] };
  const judge = await createJudge(scene, options.attacker, options.credential);
  const run = { ...options, scene, judge, result };
  for (const endpoint of options.endpoints)
    for (const cell of listCells(run, endpoint)) {
      result.cells++;
      result.leaks.push(...(await tryCell(run, cell)));
    }
  if (!(await isAlive(run)))
    result.leaks.push({
      cell: credential.kind,
      why: 'the credential ended: what came after was not tried',
      answer: '',
    });
  return result;
}

async function isAlive({ scene, credential }: Run): Promise<boolean> {
  return (await scene.ground.api('GET', '/v1/auth/me', { token: credential.secret })).status === 200;
}

function* listCells({ attacker, credential }: Run, endpoint: Endpoint): Generator<Cell> {
  if (endpoint.meta.public && credential.kind !== 'member') return;
  for (const victim of attacker.victims) {
    if (victim.whose === 'other workspace' && !credential.isBound) continue;
    if (slow.has(endpoint.name) && !victim.whose.startsWith('other organization')) continue;
    for (const position of listPositions(endpoint)) {
      if (victim.whose === 'other workspace' && !isOfWorkspace(position)) continue;
      const foreign = position.value(victim.things, attacker.things);
      if (foreign !== position.value(attacker.things, attacker.things)) yield { endpoint, position, victim };
    }
    if (victim.whose !== 'other workspace') yield { endpoint, position: 'everywhere', victim };
  }
}

/** Each of these hashes a password. */
const slow = new Set(['auth.login', 'auth.logout', 'auth.changePassword', 'invitations.accept']);

async function tryCell(run: Run, cell: Cell): Promise<Leak[]> {
  const { endpoint, position, victim } = cell;
  const name = `${run.attacker.placement} ${run.credential.kind}: ${endpoint.method} ${endpoint.url} [${position === 'everywhere' ? position : position.name}] ${victim.whose}`;
  const leaks: Leak[] = [];
  const twin = { ...victim, things: twinOf(victim.things, run.attacker.things) };
  for (let attempt = 1; ; attempt++) {
    const foreign = await ask(run, { ...cell, victim });
    const random = await ask(run, { ...cell, victim: twin });
    await takeBack(run, cell, [foreign, random]);
    for (const why of [...run.judge.search(foreign), ...run.judge.search(random)])
      leaks.push({ cell: name, why, answer: foreign.text.slice(0, 300) });
    if (foreign.status >= 500)
      leaks.push({ cell: name, why: `status ${foreign.status}`, answer: foreign.text.slice(0, 300) });
    const difference = run.isCompared ? run.judge.compare(endpoint, foreign, random) : undefined;
    if (difference === undefined || leaks.length > 0) return leaks;
    // What the attacker's own organization does meanwhile can make one pair differ; a leak differs each time.
    if (attempt === 3) return [...leaks, { cell: name, why: difference, answer: foreign.text.slice(0, 300) }];
  }
}

/** A name or key that the attacker was let to use is its own from then on: it is freed for the next cell, and told apart from a leak. */
async function takeBack(run: Run, { endpoint, position }: Cell, answers: Answer[]): Promise<void> {
  if (position !== 'everywhere' && position.header === 'idempotency-key')
    await forgetKeys(run.scene, run.attacker);
  const field = position === 'everywhere' ? '' : (position.path?.at(-1) ?? '');
  if (!['slug', 'email', 'model'].includes(field) || endpoint.method === 'GET') return;
  for (const { status, value } of answers) {
    if (status >= 300 && field !== 'model') continue;
    run.scene.told.add(value);
    await freeText(run.scene, run.attacker, value);
  }
}

/** Makes the request of a cell with the things of its victim. */
async function ask(run: Run, { endpoint, position, victim }: Cell): Promise<Answer> {
  const { scene, attacker, result } = run;
  const own = attacker.things;
  const { input, headers } =
    position === 'everywhere'
      ? everywhere(endpoint, victim.things, own)
      : one(endpoint, position, { foreign: victim.things, own });
  const token = await tokenOf(run, endpoint);
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
  result.requests++;
  result.statuses.set(answer.status, (result.statuses.get(answer.status) ?? 0) + 1);
  const sent = [...Object.values(headers), ...textsOf(input), ...scene.told];
  return {
    status: answer.status,
    text: answer.headers.get('idempotency-replayed') ? `replayed ${text}` : text,
    sent,
    value: position === 'everywhere' ? '' : position.value(victim.things, own),
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

const endsThings = ({ name, method }: Endpoint) => method === 'DELETE' || name === 'apiKeys.rotate';

function ownInput(endpoint: Endpoint, things: Things): Input {
  const input = makeInput(endpoint, things);
  // Refused, so that the attacker can go on with the password and the keys there are.
  if (endpoint.name === 'auth.changePassword') return { ...input, new_password: 'x' };
  if (endpoint.name === 'encryptionKeys.rotate') return { ...input, key: 'x' };
  if (endpoint.name === 'invitations.accept') return { ...input, token: `${things.invitation_token}x` };
  return input;
}

async function tokenOf(
  { scene, attacker, credential }: Run,
  endpoint: Endpoint,
): Promise<string | undefined> {
  if (slow.has(endpoint.name)) await scene.ground.rows('delete from platform.sign_in_failures');
  if (endpoint.meta.public) return undefined;
  if (endpoint.name !== 'auth.logout' || !credential.person) return credential.secret;
  return (await scene.ground.signIn(credential.person, attacker.things.organization_slug)).access_token;
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}
