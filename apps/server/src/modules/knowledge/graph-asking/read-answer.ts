// What a model is told to answer about a passage, and the reading that its answer is, if it is one. Nothing that it says is
// trusted to be short, complete or of the right kind.
import { z } from 'zod';
import { keyOfName } from '../graph/key-of-name.ts';
import type { Reading } from '../graph/tables.ts';

const ENTITIES_MAX = 40;
const FACTS_MAX = 60;

const name = z.string().trim().min(1).max(200);
const kind = z.string().trim().min(1).max(60).catch('thing');
const date = z.string().max(40).nullish().catch(null);

const answer = z.object({
  entities: z.array(
    z.object({
      name,
      type: kind,
      aliases: z.array(name).max(20).catch([]),
      description: z.string().trim().max(500).catch(''),
    }),
  ),
  facts: z.array(
    z.object({
      subject: name,
      predicate: z.string().trim().min(1).max(80),
      object: name,
      statement: z.string().trim().min(1).max(500),
      valid_from: date,
      valid_to: date,
      is_exclusive: z.boolean().catch(false),
      confidence: z.number().min(0).max(1).catch(0.5),
    }),
  ),
});

/** The answer's form for providers that hold models to one. */
export const answerForm = {
  type: 'object',
  additionalProperties: false,
  required: ['entities', 'facts'],
  properties: {
    entities: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'type', 'aliases', 'description'],
        properties: {
          name: { type: 'string' },
          type: { type: 'string' },
          aliases: { type: 'array', items: { type: 'string' } },
          description: { type: 'string' },
        },
      },
    },
    facts: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: [
          ...['subject', 'predicate', 'object', 'statement'],
          ...['valid_from', 'valid_to', 'is_exclusive', 'confidence'],
        ],
        properties: {
          subject: { type: 'string' },
          predicate: { type: 'string' },
          object: { type: 'string' },
          statement: { type: 'string' },
          valid_from: { type: ['string', 'null'] },
          valid_to: { type: ['string', 'null'] },
          is_exclusive: { type: 'boolean' },
          confidence: { type: 'number' },
        },
      },
    },
  },
} as const;

/** The reading in a model's words, or what is wrong with them. */
export function readAnswer(text: string): { reading: Reading } | { wrong: string } {
  const [from, to] = [text.indexOf('{'), text.lastIndexOf('}')];
  if (from < 0 || to < from) return { wrong: 'The answer has no JSON object.' };
  let json: unknown;
  try {
    json = JSON.parse(text.slice(from, to + 1));
  } catch {
    return { wrong: 'The answer is no valid JSON.' };
  }
  const read = answer.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    return {
      wrong: `The answer has another form than asked for: ${issue?.path.join('.')}: ${issue?.message}`,
    };
  }
  return { reading: tidy(read.data) };
}

function tidy({ entities, facts }: z.infer<typeof answer>): Reading {
  const known = new Map<string, Reading['entities'][number]>();
  const add = (one: Reading['entities'][number]) => {
    const key = keyOfName(one.name);
    if (key !== '' && !known.has(key) && known.size < ENTITIES_MAX) known.set(key, one);
  };
  for (const one of entities) add({ ...one, type: one.type.toLowerCase() });
  const kept = facts.slice(0, FACTS_MAX).map((one) => ({
    ...one,
    predicate: one.predicate.toLowerCase().replace(/[\s_]+/g, ' '),
    valid_from: momentIn(one.valid_from),
    valid_to: momentIn(one.valid_to),
  }));
  for (const { subject, object } of kept)
    for (const spoken of [subject, object])
      add({ name: spoken, type: 'thing', aliases: [], description: '' });
  return { entities: [...known.values()], facts: kept };
}

/** 2021, 2021-05, 2021-05-03 or a whole moment, as RFC 3339; null for anything else. */
function momentIn(said: string | null | undefined): string | null {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T.*)?)?)?$/.exec(said?.trim() ?? '');
  if (!match) return null;
  const [, year, month = '01', day = '01', time = 'T00:00:00Z'] = match;
  const at = new Date(`${year}-${month}-${day}${time}`);
  return Number.isNaN(at.getTime()) || Number(year) < 1 ? null : at.toISOString();
}
