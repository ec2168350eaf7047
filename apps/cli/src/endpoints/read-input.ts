// From what was typed to the input of a call. What cannot be right is refused here, before anything is sent.
import { readFileSync } from 'node:fs';
import { UsageError } from '../terminal/shell.ts';
import type { Plan } from './plan-command.ts';
import type { Field } from './read-fields.ts';

export type Given = Record<string, unknown>;

/** Puts `--json` and the flags together; flags win. Throws a UsageError for what no input can be. */
export function readInput(plan: Plan, given: Given, piped: string | undefined): Given {
  const input = given.json === undefined ? {} : readBody(String(given.json), piped);
  for (const field of plan.fields) {
    const value = given[toOption(field.flag)];
    if (value !== undefined) input[field.name] = readValue(field, value, piped);
  }
  return input;
}

/** The name under which commander keeps a flag: `rate-limit` → `rateLimit`. */
export function toOption(flag: string): string {
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether something typed is to be read from standard input: a flag with the value `-`. */
export function wantsPiped(plan: Plan, given: Given): boolean {
  return ['json', ...plan.fields.map(({ flag }) => toOption(flag))].some((option) => given[option] === '-');
}

/** Throws a UsageError that names every flag still missing; where the person is need not be said. */
export function refuseMissing(plan: Plan, input: Given): void {
  const missing = plan.fields.filter(
    (field) => field.required && !isHome(field) && input[field.name] === undefined,
  );
  if (missing.length === 0) return;
  const flags = missing.map((field) => (field === plan.positional ? `<${field.name}>` : `--${field.flag}`));
  throw new UsageError(`Missing: ${flags.join(', ')}. See: insula ${plan.noun} ${plan.verb} --help`);
}

/** Whether a field says where to act, and the command line knows that by itself. */
export function isHome({ name, inPath }: Field): boolean {
  return inPath && (name === 'organization_id' || name === 'workspace_id');
}

/** Throws a UsageError for whatever the contract does not take. */
export function refuseInvalid(plan: Plan, input: Given): void {
  const { validate } = plan.endpoint.input['~standard'];
  const read = validate(input);
  if (read instanceof Promise || !read.issues) return;
  const words = read.issues.map(({ path = [], message }) => {
    const at = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    const field = plan.fields.find(({ name }) => name === at);
    return `${field ? `--${field.flag}` : at || 'input'}: ${message}`;
  });
  throw new UsageError(words.join('\n'));
}

function readBody(text: string, piped: string | undefined): Given {
  const value = readJson('--json', text, piped);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError('--json: give a JSON object, @file, or - to read it from standard input.');
  return { ...value };
}

function readJson(flag: string, text: string, piped: string | undefined): unknown {
  const source = text === '-' ? (piped ?? '') : text.startsWith('@') ? readFile(flag, text.slice(1)) : text;
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new UsageError(`${flag}: this is not JSON: ${(error as Error).message}`);
  }
}

function readFile(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${flag}: ${(error as Error).message}`);
  }
}

function readValue(field: Field, value: unknown, piped: string | undefined): unknown {
  if (field.nullable && value === 'null') return null;
  const flag = `--${field.flag}`;
  switch (field.kind) {
    case 'boolean':
      return readFlag(flag, value);
    case 'number':
      return readNumber(flag, String(value));
    case 'list':
      return (value as string[]).flatMap((one) => one.split(',').map((part) => oneOf(field, part.trim())));
    case 'json':
      if (field.takesWords && !/^\s*[[{@-]/.test(String(value))) return String(value);
      return readJson(flag, String(value), piped);
    default:
      return oneOf(field, value === '-' ? (piped ?? '') : String(value));
  }
}

function readFlag(flag: string, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new UsageError(`${flag} is true or false, not "${value}".`);
}

function readNumber(flag: string, text: string): number {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`${flag} is a number, not "${text}".`);
}

function oneOf({ flag, choices }: Field, text: string): string {
  if (choices.length === 0 || choices.includes(text)) return text;
  throw new UsageError(`--${flag} is one of ${choices.join(', ')}, not "${text}".`);
}
