// Every mounted route together with what the contract says its input is: the list that all sweeps and the proof of isolation
// walk. A route that the contract does not know is an error, so that nothing is mounted past it.
import { contract, type EndpointMeta } from '@insula/contract';
import { z } from 'zod';
import type { MountedRoute } from '../../src/platform/http/mount-contract.ts';

/** A JSON schema, as far as inputs of the contract use it. */
export type Shape = {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Shape;
  properties?: Record<string, Shape>;
  required?: string[];
  additionalProperties?: boolean | Shape;
  anyOf?: Shape[];
};

export type Endpoint = {
  name: string;
  method: string;
  url: string;
  meta: EndpointMeta;
  input: z.ZodType;
  shape: Shape;
};

type Declared = { '~orpc': { inputSchema: z.ZodType } };

/** The endpoints behind a table of mounted routes, one for each address and method: what PATCH does, PUT does too. */
export function readEndpoints(table: MountedRoute[]): Endpoint[] {
  const shapes = new Map<string, Pick<Endpoint, 'input' | 'shape'>>();
  return table.flatMap((route) => {
    const known = shapes.get(route.name) ?? readInput(route.name);
    shapes.set(route.name, known);
    const methods = route.method === 'PATCH' ? ['PATCH', 'PUT'] : [route.method];
    return methods.map((method) => ({ ...route, method, ...known }));
  });
}

/** One endpoint for each name: the first address it is mounted at. */
export function firstOfEach(endpoints: Endpoint[]): Endpoint[] {
  return [...new Map(endpoints.toReversed().map((one) => [one.name, one])).values()].toReversed();
}

/** The names of the parameters in an address. */
export function paramsOf({ url }: Pick<Endpoint, 'url'>): string[] {
  return [...url.matchAll(/:(\w+)/g)].map(([, name]) => name!);
}

function readInput(name: string): Pick<Endpoint, 'input' | 'shape'> {
  let node: unknown = contract;
  for (const key of name.split('.')) node = (node as Record<string, unknown> | undefined)?.[key];
  if (node === undefined) throw new Error(`The route ${name} is not in the contract.`);
  const { inputSchema: input } = (node as Declared)['~orpc'];
  const shape = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any', override: sayAnyOf });
  return { input, shape: shape as Shape };
}

/** Alternatives told apart by a field (oneOf) are alternatives like any others here. */
function sayAnyOf({ jsonSchema }: { jsonSchema: { anyOf?: unknown; oneOf?: unknown } }): void {
  if (!jsonSchema.oneOf) return;
  jsonSchema.anyOf = jsonSchema.oneOf;
  delete jsonSchema.oneOf;
}
