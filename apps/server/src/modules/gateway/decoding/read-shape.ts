// What can be carried to a provider of another protocol, as shapes: a body that fits is understood completely. What does not
// fit is refused by name; nothing is dropped in silence.
import { z } from 'zod';
import { failureOf } from '../relay/failure-of.ts';
import { AskError } from '../relay/read-ask.ts';

const ELSEWHERE =
  'cannot be carried to the provider of this model, which speaks another protocol. Leave it out';

/** A field that may be left out, or be null. */
export const optional = <S extends z.ZodType>(shape: S) =>
  shape.nullish().transform((value) => value ?? undefined);

/** A field that has no effect on the answer: taken, and not carried. */
export const ignored = z.unknown().optional();

/** A field that is carried only as long as it asks for nothing: one of these values, null, or left out. */
export const neutral = (...values: (string | number | boolean)[]) =>
  z
    .custom((value) => value === null || value === undefined || values.includes(value as string), {
      error: ELSEWHERE,
    })
    .optional();

/** An object of JSON. */
export const object = z.record(z.string(), z.unknown());

/** The body as the shape has it; throws AskError, which names the field that is in the way. */
export function readShape<S extends z.ZodType>(shape: S, json: unknown): z.output<S> {
  const read = shape.safeParse(json);
  if (read.success) return read.data;
  throw refuse(...wordsOf(read.error.issues[0]!));
}

/** The refusal of a field, with what is wrong about it. */
export function refuse(field: string, wrong: string = ELSEWHERE): AskError {
  return new AskError(failureOf('not_translatable', { message: `"${field}": ${wrong}.` }));
}

function wordsOf(
  issue: z.core.$ZodIssue,
  above: readonly PropertyKey[] = [],
): [field: string, wrong: string] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return [placeOf([...path, issue.keys[0]!.slice(0, 100)]), ELSEWHERE];
  const meant = issue.code === 'invalid_union' ? nearest(issue.errors) : undefined;
  if (meant) return wordsOf(meant, path);
  const isKind = path.at(-1) === 'type' && (issue.code === 'invalid_union' || issue.code === 'invalid_value');
  return [placeOf(path), isKind ? `this kind ${ELSEWHERE}` : issue.message.slice(0, 300)];
}

/** Of the ways to read a value, the one that understood most of it says best what is wrong. */
function nearest(ways: readonly (readonly z.core.$ZodIssue[])[]): z.core.$ZodIssue | undefined {
  const firsts = ways.map(([first]) => first).filter((first) => first !== undefined);
  return firsts.toSorted((a, b) => b.path.length - a.path.length)[0];
}

function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? String(step) : `.${String(step)}`))
    .join('');
}
