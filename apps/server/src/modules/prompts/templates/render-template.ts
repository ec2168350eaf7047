// Filling in a template: strictly, so that no call is made with a hole in it, and once, so that a value never becomes a template.
import { promptProblem } from '@insula/contract/prompts';
import { PLACEHOLDER } from './read-template.ts';
import type { Message, Template, Variable } from './template.ts';

const TEXT_MAX = 200_000;
const RENDERED_MAX = 1_000_000;
const NAMED_MAX = 10;

/** The messages of a template with these values. Throws `variables_invalid`, which names every value that is wrong. */
export function renderTemplate(template: Template, values: Readonly<Record<string, unknown>>): Message[] {
  const texts = readValues(template.variables, values);
  // A function, because a text as replacement would be read for `$&` and the like.
  const fill = (text: string) =>
    text.replace(PLACEHOLDER, (whole, slash: string, name: string) =>
      slash ? whole.slice(1) : (texts.get(name) ?? ''),
    );
  const { content } = template;
  const messages =
    typeof content === 'string'
      ? [{ role: 'user', content: fill(content) }]
      : content.map((message) => ({ role: message.role, content: fill(message.content) }));
  if (messages.reduce((sum, message) => sum + message.content.length, 0) > RENDERED_MAX)
    throw refuse(`filled in, the template has more than ${RENDERED_MAX} characters.`);
  return messages;
}

function readValues(
  variables: readonly Variable[],
  values: Readonly<Record<string, unknown>>,
): Map<string, string> {
  const known = new Set(variables.map(({ name }) => name));
  const wrong = Object.keys(values)
    .filter((name) => !known.has(name))
    .map((name) => `there is no variable "${name}"`);
  const texts = new Map<string, string>();
  for (const variable of variables) {
    const given = Object.hasOwn(values, variable.name) ? values[variable.name] : undefined;
    const read = readValue(variable, given ?? null);
    if (read.problem) wrong.push(`"${variable.name}" ${read.problem}`);
    texts.set(variable.name, read.text);
  }
  if (wrong.length > 0) throw refuse(`${wrong.slice(0, NAMED_MAX).join('; ')}.`);
  return texts;
}

type Read = { text: string; problem?: string };

function readValue(variable: Variable, given: unknown): Read {
  if (given !== null) return readGiven(variable, given);
  if (variable.default !== null) return { text: String(variable.default) };
  return variable.required ? { text: '', problem: 'is missing' } : { text: '' };
}

function readGiven({ type, choices, max_length }: Variable, given: unknown): Read {
  if (type === 'number')
    return Number.isFinite(given) ? { text: String(given) } : { text: '', problem: 'is not a number' };
  if (type === 'boolean')
    return typeof given === 'boolean'
      ? { text: String(given) }
      : { text: '', problem: 'is not true or false' };
  if (type === 'json') return checkLength(JSON.stringify(given), max_length);
  if (typeof given !== 'string') return { text: '', problem: 'is not a text' };
  if (type === 'choice' && !choices.includes(given))
    return { text: '', problem: `is none of ${choices.slice(0, NAMED_MAX).join(', ')}` };
  return checkLength(given, max_length);
}

function checkLength(text: string, limit: number | null): Read {
  const max = Math.min(limit ?? TEXT_MAX, TEXT_MAX);
  return text.length > max ? { text: '', problem: `is longer than ${max} characters` } : { text };
}

const refuse = (reason: string) => promptProblem('variables_invalid', { reason });
