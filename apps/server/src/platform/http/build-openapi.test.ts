import { contract, type EndpointMeta, endpoint } from '@insula/contract';
import type { AnyContractRouter } from '@orpc/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildOpenApi, type OpenApiDocument } from './build-openapi.ts';
import { walkContract } from './walk-contract.ts';

type Operation = {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters?: ({ $ref: string } | { name: string; in: string; required?: boolean; schema: object })[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { $ref: string } | { content: Record<string, unknown> }>;
  security?: object[];
  'x-permission'?: string;
};
const methods = ['get', 'post', 'put', 'patch', 'delete'];

function operationsOf(document: OpenApiDocument): { path: string; method: string; operation: Operation }[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, found]) =>
    Object.entries(found ?? {}).map(([method, operation]) => ({
      path,
      method,
      operation: operation as unknown as Operation,
    })),
  );
}

function* refsIn(value: unknown): Generator<string> {
  if (value === null || typeof value !== 'object') return;
  for (const [key, child] of Object.entries(value)) {
    if (key === '$ref' && typeof child === 'string') yield child;
    yield* refsIn(child);
  }
}

function find(document: OpenApiDocument, ref: string): unknown {
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
}

function endpoints(router: AnyContractRouter) {
  return [...walkContract(router)].map(({ name, endpoint }) => {
    const { meta, route } = endpoint['~orpc'];
    return { name, meta: meta as EndpointMeta, path: route.path! };
  });
}

describe('the OpenAPI document of the contract', () => {
  let document: OpenApiDocument;
  beforeAll(async () => {
    document = await buildOpenApi(contract);
  });

  it('describes every endpoint exactly once, under its own name', () => {
    const names = operationsOf(document).map(({ operation }) => operation.operationId);
    expect([...names].sort()).toEqual(
      endpoints(contract)
        .map(({ name }) => name)
        .sort(),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it('declares every parameter of every path, as required, and no other in a path', () => {
    for (const { path, operation } of operationsOf(document)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = (operation.parameters ?? []).flatMap((one) =>
        'in' in one && one.in === 'path' ? [one] : [],
      );
      expect(declared.map((one) => one.name).sort(), path).toEqual(named.sort());
      expect(declared.every((one) => one.required && one.schema)).toBe(true);
    }
  });

  it('refers only to what is there, and keeps nothing that nobody refers to', () => {
    const refs = new Set(refsIn(document));
    for (const ref of refs) expect(find(document, ref), ref).toBeDefined();
    for (const kind of ['schemas', 'responses', 'parameters'] as const)
      for (const name of Object.keys(document.components?.[kind] ?? {}))
        expect(refs, name).toContain(`#/components/${kind}/${name}`);
  });

  it('holds only what the 3.1 specification knows', () => {
    const allowed = new Set([
      ...['operationId', 'summary', 'description', 'tags', 'parameters', 'requestBody', 'responses'],
      ...['security', 'x-permission'],
    ]);
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    const tags = document.tags?.map((tag) => tag.name);
    for (const { path, method, operation } of operationsOf(document)) {
      expect(path).toMatch(/^\/(v1\/|\.well-known\/)/);
      expect(methods).toContain(method);
      for (const key of Object.keys(operation)) expect(allowed, `${path} ${key}`).toContain(key);
      expect(operation.summary).not.toBe('');
      expect(tags).toContain(operation.tags[0]);
      for (const [status, answer] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^([2-5]\d\d|default)$/);
        expect('$ref' in answer || 'content' in answer).toBe(true);
      }
    }
  });

  it('says who may call: the permission, or that no credential is needed', () => {
    const byName = new Map(operationsOf(document).map(({ operation }) => [operation.operationId, operation]));
    for (const { name, meta } of endpoints(contract)) {
      const operation = byName.get(name)!;
      expect(operation['x-permission'], name).toBe(meta.permission);
      expect(operation.security, name).toEqual(meta.public ? [] : undefined);
    }
  });

  it('answers errors as problem+json, and in the shape of OpenAI where that is the protocol', () => {
    for (const { operation, method } of operationsOf(document)) {
      const statuses = [
        '400',
        '401',
        '403',
        '404',
        ...(method === 'get' ? [] : ['409', '422']),
        '429',
        'default',
      ];
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(statuses));
      const { $ref } = operation.responses['404'] as { $ref: string };
      const { content } = find(document, $ref) as { content: object };
      const foreign = operation.tags[0] === 'Models';
      expect(Object.keys(content)).toEqual([foreign ? 'application/json' : 'application/problem+json']);
    }
  });

  it('is the same, byte for byte, each time', async () => {
    expect(JSON.stringify(await buildOpenApi(contract))).toBe(JSON.stringify(document));
  });
});

it('puts an endpoint of the root at the root, names its other addresses, and takes noise out', async () => {
  const route = { method: 'GET', summary: 'Look', tag: 'Looks' } as const;
  const document = await buildOpenApi({
    looks: {
      root: endpoint({ ...route, path: '/.well-known/look' }, { public: true, root: true })
        .input(z.strictObject({ minimum: z.int().nullish() }))
        .output(z.object({ n: z.int() })),
      other: endpoint({ ...route, path: '/looks' }, { signedIn: true, also: ['/glances'] })
        .input(z.strictObject({}))
        .output(z.object({})),
    },
  });
  expect(Object.keys(document.paths ?? {})).toEqual(['/.well-known/look', '/v1/looks']);
  expect(document.paths?.['/v1/looks']?.get?.description).toContain('Also at `/v1/glances`.');
  const { parameters } = document.paths!['/.well-known/look']!.get!;
  expect(parameters).toEqual([{ name: 'minimum', in: 'query', schema: { type: ['integer', 'null'] } }]);
});
