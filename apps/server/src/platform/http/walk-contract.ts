// Walks the contract, a tree of nouns and verbs, so that whoever mounts, describes or sweeps endpoints sees the same ones.
import type { AnyContractProcedure, AnyContractRouter } from '@orpc/contract';

export type Walked = { name: string; path: string[]; endpoint: AnyContractProcedure };

/** Every endpoint below `node`, named `noun.verb`. */
export function* walkContract(node: AnyContractRouter, path: string[] = []): Generator<Walked> {
  if ('~orpc' in node) {
    yield { name: path.join('.'), path, endpoint: node as AnyContractProcedure };
    return;
  }
  for (const [key, child] of Object.entries(node as Record<string, AnyContractRouter>)) {
    yield* walkContract(child, [...path, key]);
  }
}
