// Sweeps the inputs of the contract: nothing that a caller sends is without a bound, and undeclared fields are refused.
import { contract, isSurface } from '@insula/contract';
import { describe, expect, it } from 'vitest';
import { firstOfEach, readEndpoints, type Shape } from './read-endpoints.ts';

/** What is bounded in another way than by its schema, and how. */
const boundedOtherwise: [RegExp, string][] = [
  [
    /^(workspaces|agents)\.\w+ (settings|tool_config)\.\*$/,
    'fields of somebody else: 64,000 characters of JSON together',
  ],
  [
    /^agentTools\.\w+ (settings\.(parameters|headers)|secret_headers)\.\*$/,
    'what a tool declares: 64,000 characters of JSON, 20 headers',
  ],
  [/^uiChat\.send messages\.(\[\]\.)?\*$/, 'messages of the AI SDK, of which the last is read: 1 MB a body'],
  [
    /^(documents|ragDocuments)\.\w+ metadata\.\*$/,
    'facts under names of the caller’s: at most 50, 16,000 characters of JSON together',
  ],
  [
    /^(prompts|promptVersions|comparisons|jobs|datasets)\.\w+ (values|context|rows(\.\[\])?(\.inputs)?)\.\*$/,
    'values of variables: 500,000 characters of JSON together, and each is checked against its variable',
  ],
  [
    /^(playgroundShares\.create state|datasets\.\w+ .*json_schema)\.\*$/,
    'fields of somebody else: 64,000 characters of JSON together',
  ],
  [/^(openai|anthropic)Surface\./, 'the protocols of providers are passed on byte for byte: 20 MB a body'],
];

const endpoints = firstOfEach(readEndpoints([...listNames(contract)]));

describe('every input of the contract', () => {
  it('has a bound for each text, list and number', () => {
    const open = endpoints
      .flatMap(({ name, shape }) => listUnbounded(shape, []).map((path) => `${name} ${path}`))
      .filter((place) => !boundedOtherwise.some(([pattern]) => pattern.test(place)));
    expect(open).toEqual([]);
  });

  it('needs each of the exceptions', () => {
    const open = endpoints.flatMap(({ name, shape }) =>
      listUnbounded(shape, []).map((path) => `${name} ${path}`),
    );
    for (const [pattern] of boundedOtherwise)
      expect(open.filter((place) => pattern.test(place))).not.toEqual([]);
  });

  it('bounds free objects as a whole', () => {
    const free = { text: 'x'.repeat(64_001) };
    const { workspaces, agents } = contract;
    for (const { input, field } of [
      { input: workspaces.create, field: 'settings' },
      { input: workspaces.change, field: 'settings' },
      { input: agents.create, field: 'tool_config' },
      { input: agents.change, field: 'tool_config' },
    ]) {
      const read = input['~orpc'].inputSchema!.safeParse({ [field]: free });
      expect(read.error?.issues.map(({ path }) => path.join('.'))).toContain(field);
    }
  });

  it('takes no undeclared field, at any depth', () => {
    const loose = endpoints
      .filter(({ meta }) => !isSurface(meta))
      .flatMap(({ name, shape }) => listLoose(shape, []).map((path) => `${name} ${path}`))
      .filter((place) => !boundedOtherwise.some(([pattern]) => pattern.test(`${place}.*`)));
    expect(loose).toEqual([]);
  });
});

function* listNames(
  node: object,
  path: string[] = [],
): Generator<Parameters<typeof readEndpoints>[0][number]> {
  if ('~orpc' in node) {
    const { meta } = (node as { '~orpc': { meta: object } })['~orpc'];
    yield { name: path.join('.'), method: 'GET', url: '', meta };
    return;
  }
  for (const [key, child] of Object.entries(node)) yield* listNames(child as object, [...path, key]);
}

function listUnbounded(shape: Shape, path: string[]): string[] {
  if (shape.const !== undefined || shape.enum || shape.type === 'boolean' || shape.type === 'null') return [];
  if (shape.anyOf) return shape.anyOf.flatMap((one) => listUnbounded(one, path));
  if (shape.type === 'object') {
    const free = shape.additionalProperties;
    return [
      ...Object.entries(shape.properties ?? {}).flatMap(([key, one]) => listUnbounded(one, [...path, key])),
      ...(free ? listUnbounded(free === true ? {} : free, [...path, '*']) : []),
    ];
  }
  const own = isBounded(shape) ? [] : [path.join('.')];
  return shape.type === 'array' ? [...own, ...listUnbounded(shape.items ?? {}, [...path, '[]'])] : own;
}

function isBounded(shape: Shape): boolean {
  if (shape.type === 'array') return shape.maxItems !== undefined;
  if (shape.type === 'integer' || shape.type === 'number')
    return shape.minimum !== undefined && shape.maximum !== undefined;
  if (shape.type !== 'string') return false;
  const ofOneLength = shape.format === 'uuid' || /^\^\[[^\]]+\]\{\d+\}\$$/.test(shape.pattern ?? '');
  return shape.maxLength !== undefined || ofOneLength;
}

function listLoose(shape: Shape, path: string[]): string[] {
  const parts = Object.entries(shape.properties ?? {}).flatMap(([key, one]) =>
    listLoose(one, [...path, key]),
  );
  const below = [...(shape.anyOf ?? []), ...(shape.items ? [shape.items] : [])].flatMap((one) =>
    listLoose(one, path),
  );
  const own = shape.type === 'object' && shape.additionalProperties !== false ? [path.join('.')] : [];
  return [...own, ...parts, ...below];
}
