// The matrix: every endpoint × every position of an id × whose id × every kind of credential. The answer for a foreign id must
// be the bytes that a random id gets, and no answer may hold a canary or an id of a victim.
import type { Endpoint } from '../../apps/server/test/sweeps/read-endpoints.ts';
import { type Answer, askCell, slowEndpoints } from './ask-cell.ts';
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
  /** Leaves out cells that differ from others in little: for a run of a minute. */
  isShort: boolean;
};
export type MatrixResult = { cells: number; requests: number; statuses: Map<number, number>; leaks: Leak[] };

type Run = MatrixOptions & { scene: Scene; judge: Judge; result: MatrixResult; randoms: Map<string, Answer> };
type Cell = { endpoint: Endpoint; position: Position | 'everywhere'; victim: Victim };

/** Tries all cells of one credential of one attacker. */
export async function runMatrix(scene: Scene, options: MatrixOptions): Promise<MatrixResult> {
  const result: MatrixResult = { cells: 0, requests: 0, statuses: new Map(), leaks: [] };
  const judge = await createJudge(scene, options.attacker, options.credential);
  const run: Run = { ...options, scene, judge, result, randoms: new Map() };
  for (const endpoint of options.endpoints)
    for (const cell of listCells(run, endpoint)) {
      result.cells++;
      result.leaks.push(...(await tryCell(run, cell)));
    }
  const why = await findIdle(run);
  if (why)
    result.leaks.push({ cell: `${options.attacker.placement} ${options.credential.kind}`, why, answer: '' });
  return result;
}

/** Why some cells may not have been tried; undefined when all were. */
async function findIdle({ scene, credential, result }: Run): Promise<string | undefined> {
  const { status } = await scene.ground.api('GET', '/v1/auth/me', { token: credential.secret });
  if (status !== 200) return `the credential ended (${status}): what came after was not tried`;
  return result.statuses.has(429) ? 'some requests were over a limit and not tried' : undefined;
}

function* listCells({ attacker, credential, isShort }: Run, endpoint: Endpoint): Generator<Cell> {
  if (endpoint.meta.public && credential.kind !== 'member') return;
  for (const victim of attacker.victims) {
    if (victim.whose === 'other workspace' && !credential.isBound) continue;
    if (slowEndpoints.has(endpoint.name) && !victim.whose.startsWith('other organization')) continue;
    for (const position of listPositions(endpoint)) {
      if (victim.whose === 'other workspace' && !isOfWorkspace(position)) continue;
      if (isShort && !isTelling(endpoint, position, victim)) continue;
      const foreign = position.value(victim.things, attacker.things);
      if (foreign !== position.value(attacker.things, attacker.things)) yield { endpoint, position, victim };
    }
    if (victim.whose !== 'other workspace') yield { endpoint, position: 'everywhere', victim };
  }
}

/** In a short run headers and passwords are tried with one victim, and what only operators may do with all ids at once. */
function isTelling({ name, meta }: Endpoint, { header }: Position, { whose }: Victim): boolean {
  if (meta.permission?.startsWith('platform:')) return false;
  const needsOne = header !== undefined || slowEndpoints.has(name);
  return !needsOne || whose === 'other organization, pooled';
}

async function tryCell(run: Run, cell: Cell): Promise<Leak[]> {
  const { endpoint, position, victim } = cell;
  const place = position === 'everywhere' ? position : position.name;
  const name = `${run.attacker.placement} ${run.credential.kind}: ${endpoint.method} ${endpoint.url} [${place}] ${victim.whose}`;
  for (let attempt = 1; ; attempt++) {
    const foreign = await ask(run, { ...cell, things: victim.things });
    const leak = (why: string): Leak => ({ cell: name, why, answer: foreign.text.slice(0, 300) });
    const found = run.judge.search(foreign, run.scene.told).map(leak);
    if (foreign.status >= 500) found.push(leak(`status ${foreign.status}`));
    if (!run.isCompared || found.length > 0) return found;
    const difference = run.judge.compare(
      endpoint,
      { foreign, random: await askRandom(run, cell, attempt > 1) },
      run.scene.told,
    );
    if (difference === undefined) return [];
    // What the attacker's own organization does meanwhile can make one pair differ; a leak differs each time.
    if (attempt === 3) return [leak(difference)];
  }
}

/** The answer for a random id at the position, asked once for all victims; a cursor's depends on when the id was made. */
async function askRandom(run: Run, { endpoint, position, victim }: Cell, isAgain: boolean): Promise<Answer> {
  const place = position === 'everywhere' ? position : position.name;
  const key = `${endpoint.method} ${endpoint.url} ${place} ${place.endsWith('cursor') ? victim.whose : ''}`;
  const known = isAgain ? undefined : run.randoms.get(key);
  if (known) return known;
  const random = await ask(run, { endpoint, position, things: twinOf(victim.things, run.attacker.things) });
  run.randoms.set(key, random);
  return random;
}

async function ask(run: Run, cell: Parameters<typeof askCell>[1]): Promise<Answer> {
  const answer = await askCell(run, cell);
  run.result.requests++;
  run.result.statuses.set(answer.status, (run.result.statuses.get(answer.status) ?? 0) + 1);
  await takeBack(run, cell, answer);
  return answer;
}

type Sent = Pick<Cell, 'endpoint' | 'position'>;

/**
 * A name or key that the attacker was let to use is its own from then on: it is freed for the next cell, and told apart from a
 * leak. Without tenant predicates a foreign id can be written down as well, in the attacker's own rows.
 */
async function takeBack(
  run: Run,
  { endpoint, position }: Sent,
  { status, value, sent }: Answer,
): Promise<void> {
  if (endpoint.method === 'GET') return;
  if (position !== 'everywhere' && position.header === 'idempotency-key')
    await forgetKeys(run.scene, run.attacker);
  // What a test query expects is the attacker's own word, whatever it names; it is only ever compared with what is found.
  const isKept = !run.isCompared || endpoint.name === 'testQueries.put';
  if (isKept && status < 300) for (const text of sent) run.scene.told.add(text);
  const field = position === 'everywhere' ? '' : (position.path?.at(-1) ?? '');
  if (!['slug', 'email', 'model'].includes(field) || (status >= 300 && field !== 'model')) return;
  run.scene.told.add(value);
  await freeText(run.scene, run.attacker, value);
}
