// The endpoints of the contract as a list, and which of them speak somebody else's protocol and are no calls of this client.
import { type Contract, contract, type EndpointMeta } from '@insula/contract';
import type { AnyContractProcedure, AnySchema } from '@orpc/contract';

export type Endpoint = {
  noun: string;
  verb: string;
  method: string;
  /** Its address on the server, with `{parameters}`. */
  path: string;
  summary: string;
  meta: EndpointMeta;
  input: AnySchema;
  output: AnySchema;
};

/** Nouns left out of the client: the protocols of OpenAI and Anthropic belong to their SDKs, plain text to `request`. */
export const foreignNouns = [
  'openaiSurface',
  'anthropicSurface',
  'trailExports',
  'documentFiles',
  'jobResults',
] as const satisfies (keyof Contract)[];

/** The contract without what is foreign. */
export type OwnContract = Omit<Contract, (typeof foreignNouns)[number]>;

/** Lists every endpoint, those of foreign protocols included, in the order of the contract. */
export function listEndpoints(): Endpoint[] {
  return Object.entries(contract).flatMap(([noun, verbs]) =>
    Object.entries(verbs as Record<string, AnyContractProcedure>).map(([verb, procedure]) => {
      const { route, meta, inputSchema, outputSchema } = procedure['~orpc'];
      const said = meta as EndpointMeta;
      return {
        noun,
        verb,
        method: route.method ?? 'GET',
        path: `${prefixOf(said)}${route.path ?? ''}`,
        summary: route.summary ?? '',
        meta: said,
        input: inputSchema as AnySchema,
        output: outputSchema as AnySchema,
      };
    }),
  );
}

/** Where an endpoint is mounted: at the root of the server or under /v1. */
export function prefixOf(meta: EndpointMeta): string {
  return meta.root ? '' : '/v1';
}
