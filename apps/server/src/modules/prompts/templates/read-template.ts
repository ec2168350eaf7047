// A template as it is saved: its placeholders found, its variables declared in a way that can be filled in.
import { promptProblem } from '@insula/contract/prompts';
import type { Content, Template, Variable } from './template.ts';

/** `{{name}}`, blanks allowed inside; with a backslash before it, it is plain text. */
export const PLACEHOLDER = /(\\?)\{\{\s*([A-Za-z_][A-Za-z0-9_]{0,63})\s*\}\}/g;
const VARIABLES_MAX = 100;

/** The template with every placeholder declared: one that is not becomes a required text. Throws `template_invalid`. */
export function readTemplate<T extends Template>(given: T): T {
  for (const variable of given.variables) checkVariable(variable);
  const declared = new Set(given.variables.map(({ name }) => name));
  const missing = listPlaceholders(given.content).filter((name) => !declared.has(name));
  const variables = [...given.variables, ...missing.map(textOf)];
  if (variables.length > VARIABLES_MAX) throw refuse(`it has more than ${VARIABLES_MAX} variables.`);
  return { ...given, variables };
}

/** The names of the placeholders, each once, in their order. */
export function listPlaceholders(content: Content): string[] {
  const texts = typeof content === 'string' ? [content] : content.map((message) => message.content);
  const names = texts.flatMap((text) =>
    [...text.matchAll(PLACEHOLDER)].flatMap(([, slash, name]) => (slash ? [] : [name!])),
  );
  return [...new Set(names)];
}

function textOf(name: string): Variable {
  return {
    name,
    type: 'text',
    description: '',
    required: true,
    default: null,
    choices: [],
    max_length: null,
  };
}

function checkVariable({ name, type, choices, default: value }: Variable): void {
  const one = `the variable "${name}"`;
  if (type === 'choice' && choices.length === 0)
    throw refuse(`${one} is a choice: say what may be chosen in "choices".`);
  if (value === null) return;
  if (type === 'json') {
    checkJson(name, value);
    return;
  }
  const expected = { text: 'string', choice: 'string', number: 'number', boolean: 'boolean' }[type];
  const isChoice = type !== 'choice' || choices.includes(String(value));
  if (typeof value !== expected || !isChoice)
    throw refuse(`the default of ${one} is no ${type} that it takes.`);
}

function checkJson(name: string, value: unknown): void {
  try {
    if (typeof value === 'string') JSON.parse(value);
  } catch {
    throw refuse(`the default of the variable "${name}" is not JSON.`);
  }
}

const refuse = (reason: string) => promptProblem('template_invalid', { reason });
