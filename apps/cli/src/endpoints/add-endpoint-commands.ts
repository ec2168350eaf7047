// One command for each endpoint of the contract: what the API learns, the command line knows at once.
import { type Command, Option } from 'commander';
import type { Shell } from '../terminal/shell.ts';
import { type NamedEndpoint, nameEndpoints, type Plan, planCommand } from './plan-command.ts';
import type { Field } from './read-fields.ts';
import { type Given, isHome, toOption } from './read-input.ts';
import { runPlan } from './run-plan.ts';

/** Adds a command for every noun of the contract, and for the noun that was typed one for every verb. */
export function addEndpointCommands(program: Command, shell: Shell, args: string[]): void {
  program.commandsGroup('Everything in the API:');
  const typed = new Set(args);
  for (const endpoints of Map.groupBy(nameEndpoints(), ({ noun }) => noun).values()) {
    const noun = addNoun(program, endpoints);
    if (![noun.name(), ...noun.aliases()].some((name) => typed.has(name))) continue;
    for (const named of endpoints) addVerb(noun, planCommand(named), shell);
  }
}

function addNoun(program: Command, endpoints: NamedEndpoint[]): Command {
  const { noun, nounAliases } = endpoints[0]!;
  const also = nounAliases.filter((alias) => !alias.endsWith('s'));
  const verbs = endpoints.map(({ verb }) => verb).join(', ');
  const words = also.length > 0 ? `${verbs} (also: ${also.join(', ')})` : verbs;
  return program.command(noun).aliases(nounAliases).summary(words).description(words);
}

function addVerb(noun: Command, plan: Plan, shell: Shell): void {
  const { endpoint, verb, verbAliases, positional, fields, paged } = plan;
  const command = noun
    .command(verb)
    .aliases(verbAliases)
    .summary(endpoint.summary)
    .description(describe(plan));
  if (positional) command.argument(`[${positional.name}]`, sayPositional(positional));
  for (const field of fields) addFlag(command, field, field === positional);
  if (fields.some(({ inPath }) => !inPath))
    command.option('--json <input>', 'the whole input as JSON, @file, or - for standard input');
  if (endpoint.method === 'POST' && !endpoint.meta.public)
    command.option('--idempotency-key <text>', 'the same key again takes effect only once');
  if (paged) command.option('--all', 'read on to the last page');
  if (endpoint.meta.protocol === 'text') command.option('--file <path>', 'write to this file');
  else command.option('--output <format>', 'table or json (table on a terminal)');
  command.option('--url <address>', 'the server (saved from the login; INSULA_URL)');
  command.action(async (...given: unknown[]) => {
    const flags = given.at(-2) as Given;
    const [named] = positional ? (given as string[]) : [];
    await runPlan(
      plan,
      shell,
      positional && named !== undefined ? { ...flags, [toOption(positional.flag)]: named } : flags,
    );
  });
}

function describe({ endpoint }: Plan): string {
  const { summary, meta } = endpoint;
  return `${summary}.${meta.permission ? ` Needs the permission ${meta.permission}.` : ''}`;
}

function sayPositional({ name }: Field): string {
  return /^(organization|workspace)_id$/.test(name) ? 'its id or slug (the current one otherwise)' : 'its id';
}

function addFlag(command: Command, field: Field, isPositional: boolean): void {
  const { flag, kind, choices } = field;
  const home = isHome(field);
  const words = [
    home ? 'id or slug; the current one otherwise' : field.words,
    field.required && !home && !isPositional ? '(required)' : '',
  ];
  const value =
    kind === 'boolean' ? '[true|false]' : `<${choices.length > 0 ? choices.join('|') : sayKind(kind)}>`;
  const spelled = choices.length > 8 ? '<name>' : value;
  const option = new Option(`--${flag} ${spelled}`, words.filter(Boolean).join(' '));
  if (kind === 'list') option.argParser((one: string, before: string[] = []) => [...before, one]);
  if (choices.length > 8)
    option.description = `${option.description}; one of ${choices.join(', ')}`.replace(/^; /, '');
  if (isPositional) option.hideHelp();
  command.addOption(option);
  if (kind === 'boolean') command.addOption(new Option(`--no-${flag}`).hideHelp());
}

function sayKind(kind: Field['kind']): string {
  return { text: 'text', number: 'number', list: 'list', json: 'json', boolean: '' }[kind];
}
