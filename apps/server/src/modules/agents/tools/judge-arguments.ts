// Whether a model's arguments are what a tool declared, by its JSON schema.
import { z } from 'zod';

const kept = new WeakMap<object, z.ZodType>();

/** What is wrong with the arguments, in words; undefined when nothing is, or when the schema cannot be understood. */
export function judgeArguments(parameters: object, input: unknown): string | undefined {
  const type = typeOf(parameters);
  const read = type?.safeParse(input);
  if (!read || read.success) return undefined;
  const issues = read.error.issues.slice(0, 5);
  return issues.map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`).join(' ');
}

/** Whether a JSON schema can be understood. */
export function isReadable(parameters: object): boolean {
  return typeOf(parameters) !== undefined;
}

function typeOf(parameters: object): z.ZodType | undefined {
  const known = kept.get(parameters);
  if (known) return known;
  try {
    const made = z.fromJSONSchema(parameters as Parameters<typeof z.fromJSONSchema>[0]);
    kept.set(parameters, made);
    return made;
  } catch {
    return undefined;
  }
}
