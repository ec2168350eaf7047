// Judges answers: whether they tell anything of a victim, and whether a foreign id was answered like a random one.
import type { Endpoint } from '../../apps/server/test/sweeps/read-endpoints.ts';
import type { Things } from '../../apps/server/test/sweeps/things.ts';
import type { Answer } from './ask-cell.ts';
import { readPart } from './fill-canaries.ts';
import type { Attacker, Credential, Scene } from './open-scene.ts';
import { packId } from './pack-id.ts';

export type Judge = {
  /** What the answer tells of a victim, beside what was sent with it or told before. */
  search(answer: Answer, told: Set<string>): string[];
  /** How the answers differ, beside what was sent or told; undefined when they do not. */
  compare(
    endpoint: Endpoint,
    answers: { foreign: Answer; random: Answer },
    told: Set<string>,
  ): string | undefined;
};

const ids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Makes the judge of what one credential is answered. */
export async function createJudge(scene: Scene, attacker: Attacker, credential: Credential): Promise<Judge> {
  const foreign = attacker.victims.filter(({ whose }) => credential.isBound || whose !== 'other workspace');
  const forbidden = new Set<string>();
  const texts: string[] = [];
  for (const { whose, part, things, canary } of foreign) {
    texts.push(canary);
    if (!whose.startsWith('deleted'))
      for (const id of (await readPart(scene.ground, part)).ids) forbidden.add(id);
    for (const [noun, value] of Object.entries(things))
      if (value.match(ids)?.[0] === value && attacker.things[noun as keyof Things] !== value)
        forbidden.add(value);
    if (part.organization_id !== attacker.things.organization_id) texts.push(packId(part.organization_id));
  }
  for (const id of listShared(attacker)) forbidden.delete(id);
  return {
    search: (answer, told) => search({ ...answer, sent: [...answer.sent, ...told] }, forbidden, texts),
    compare,
  };
}

/** What an attacker's own organization shares with its other workspace. */
function listShared({ things, victims }: Attacker): string[] {
  const neighbour = victims.find(({ whose }) => whose === 'other workspace')!.things;
  const wide = Object.entries(neighbour).filter(([noun]) => /^organization_\w+_id$/.test(noun));
  const { member_id, session_id, role_id, invitation_id, budget_id } = neighbour;
  const ids = wide.map(([, id]) => id);
  return [things.organization_id, member_id, session_id, role_id, invitation_id, budget_id, ...ids];
}

function search({ text, sent }: Answer, forbidden: Set<string>, texts: string[]): string[] {
  const rest = without(text, sent);
  const found = texts.filter((canary) => rest.includes(canary)).map((canary) => `the canary ${canary}`);
  for (const [id] of rest.matchAll(ids)) if (forbidden.has(id)) found.push(`the id ${id}`);
  for (const [, cursor] of rest.matchAll(/"next_cursor":"([\w-]{22})"/g)) {
    const id = idOfCursor(cursor!);
    if (forbidden.has(id)) found.push(`the id ${id} in a cursor`);
  }
  return found;
}

function compare(
  endpoint: Endpoint,
  { foreign, random }: { foreign: Answer; random: Answer },
  told: Set<string>,
): string | undefined {
  if (foreign.status !== random.status) return `status ${foreign.status} instead of ${random.status}`;
  const isOwnSuccess =
    foreign.status < 300 && (endpoint.method !== 'GET' || endpoint.meta.protocol === 'text');
  if (isOwnSuccess) return undefined;
  const [one, other] = [steady(foreign, told), steady(random, told)];
  return one === other ? undefined : `differs from the answer for a random id: ${other.slice(0, 200)}`;
}

/** The bytes of an answer without what was sent, the id of the request, and what changes by itself. */
function steady({ text, sent }: Answer, told: Set<string>): string {
  return without(text, [...sent, ...told])
    .replace(/"requestId":"[^"]*"/, '')
    .replace(/"(seq|last_\w+_at|monthly_requests)":("[^"]*"|\d+|null)/g, '')
    .replace(/"(from|to|next_after)":"[^"]*"/g, '');
}

function without(text: string, sent: string[]): string {
  return sent
    .filter((value) => value.length > 3)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, '<sent>'), text);
}

function idOfCursor(cursor: string): string {
  const h = Buffer.from(cursor, 'base64url').toString('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}
