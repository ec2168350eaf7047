import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Endpoint, isSurface, listEndpoints } from '@insula/sdk';
import { describe, expect, it } from 'vitest';
import { nameEndpoints, planCommand } from './plan-command.ts';
import { ownFlags, readFields } from './read-fields.ts';
import { readInput, refuseInvalid, refuseMissing, toOption } from './read-input.ts';

const plans = nameEndpoints().map(planCommand);
const plan = (noun: string, verb: string) => plans.find((one) => one.noun === noun && one.verb === verb)!;

describe('the commands', () => {
  it('cover every endpoint of the contract that has no command of its own', () => {
    const covered = plans.map(({ endpoint: { noun, verb } }) => `${noun}.${verb}`);
    const byHand = ['auth.login', 'auth.refresh', 'auth.logout', 'auth.switch', 'usage.reconcile'];
    const others = listEndpoints()
      .filter(({ meta }) => !isSurface(meta))
      .map(({ noun, verb }) => `${noun}.${verb}`);
    expect([...covered, ...byHand].sort()).toEqual(others.sort());
  });

  it('have names and other names of their own, none taken twice', () => {
    const nouns = new Map(plans.map(({ noun, nounAliases }) => [noun, nounAliases]));
    const names = [...nouns].flatMap(([noun, aliases]) => [noun, ...aliases]);
    const fixed = [
      'start',
      'migrate',
      'doctor',
      'login',
      'logout',
      'whoami',
      'use',
      'chat',
      'model',
      'models',
    ];
    expect(new Set([...names, ...fixed]).size).toBe(names.length + fixed.length);
    expect(names).toEqual(
      expect.arrayContaining(['org', 'tenant', 'workspace', 'key', 'member', 'role', 'usage']),
    );
    for (const [noun] of nouns) {
      const verbs = plans.filter((one) => one.noun === noun).flatMap((one) => [one.verb, ...one.verbAliases]);
      expect(new Set(verbs).size, noun).toBe(verbs.length);
    }
  });

  it('have flags of their own, none of which hides another', () => {
    for (const { noun, verb, fields } of plans) {
      const options = [...fields.map(({ flag }) => toOption(flag)), ...ownFlags.map(toOption)];
      expect(new Set(options).size, `${noun} ${verb}`).toBe(options.length);
    }
  });

  it('take the id of the thing itself without a flag, and never the place it is in', () => {
    expect(plan('organization', 'move').positional?.name).toBe('organization_id');
    expect(plan('workspace', 'get').positional?.name).toBe('workspace_id');
    expect(plan('api-key', 'revoke').positional?.name).toBe('key_id');
    for (const [noun, verb] of [
      ['workspace', 'list'],
      ['api-key', 'create'],
      ['usage', 'sum'],
    ] as const)
      expect(plan(noun, verb).positional, `${noun} ${verb}`).toBeUndefined();
  });
});

it('a field that is called like a flag of every command gets another flag', () => {
  const properties = { output: { type: 'string' }, url: { type: 'string' } };
  const input = { '~standard': { jsonSchema: { input: () => ({ properties }) } } };
  const fields = readFields({ path: '/x', input: input as unknown as Endpoint['input'] });
  expect(fields.map(({ flag }) => flag)).toEqual(['input-output', 'input-url']);
});

describe('what is typed', () => {
  const create = plan('organization', 'create');

  it('becomes what the API takes: numbers, lists, null, and the body given whole; flags win over the body', () => {
    const given = {
      json: '{"name":"A","slug":"a"}',
      slug: 'b',
      maxUsers: '25',
      domain: 'null',
      planTier: 'pro',
    };
    expect(readInput(create, given, undefined)).toEqual({
      name: 'A',
      slug: 'b',
      max_users: 25,
      domain: null,
      plan_tier: 'pro',
    });
    const key = readInput(plan('api-key', 'create'), { scopes: ['chat,search', 'models'] }, undefined);
    expect(key).toEqual({ scopes: ['chat', 'search', 'models'] });
    const agent = { isActive: false, temperature: '0.2', toolConfig: '{"a":1}' };
    expect(readInput(plan('agent', 'change'), agent, undefined)).toEqual({
      is_active: false,
      temperature: 0.2,
      tool_config: { a: 1 },
    });
  });

  it('can come from a file or from standard input', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'insula-cli-')), 'body.json');
    writeFileSync(file, '{"name":"From a file"}');
    expect(readInput(create, { json: `@${file}` }, undefined)).toEqual({ name: 'From a file' });
    expect(readInput(create, { json: '-' }, '{"name":"Piped"}')).toEqual({ name: 'Piped' });
    expect(readInput(plan('credential', 'create'), { apiKey: '-' }, 'sk-1')).toEqual({ api_key: 'sk-1' });
  });

  it.each([
    [{ json: '{' }, /--json: this is not JSON/],
    [{ json: '[1]' }, /give a JSON object/],
    [{ json: '@/nowhere/at/all.json' }, /ENOENT/],
    [{ maxUsers: 'many' }, /--max-users is a number/],
    [{ planTier: 'gold' }, /--plan-tier is one of free, starter/],
  ])('is refused in words when it cannot be right: %j', (given, words) => {
    expect(() => readInput(create, given, undefined)).toThrow(words);
  });

  it('is checked as a whole before anything is sent', () => {
    expect(() => refuseMissing(create, {})).toThrow(
      /Missing: --name\. See: insula organization create --help/,
    );
    expect(() => refuseMissing(plan('api-key', 'revoke'), {})).toThrow(/Missing: <key_id>/);
    expect(() => refuseInvalid(create, { name: 'A', slug: 'Not A Slug' })).toThrow(/^--slug: Use lower-case/);
    expect(() => refuseInvalid(create, { name: 'A', nam: 'B' })).toThrow(/nam/);
    expect(() => refuseInvalid(create, { name: 'A' })).not.toThrow();
  });
});
