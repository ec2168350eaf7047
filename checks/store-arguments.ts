// A store function takes the open transaction first, so that no query can run outside the door that sets the tenant.
import { basename } from 'node:path';
import { exportedFunctions } from './prose.ts';
import { childOf, childrenOf, type Source, type Syntax, wordOf } from './syntax.ts';
import type { Finding } from './tree.ts';

/** Checks that every exported function of a module's store.ts has a first parameter whose type ends in `Tx`. */
export function checkStoreArguments(source: Source): Finding[] {
  if (!source.path.startsWith('apps/server/src/modules/') || basename(source.path) !== 'store.ts') return [];
  return exportedFunctions(source).flatMap(({ name, node, line }) => {
    if (/Tx$/.test(firstType(node) ?? '')) return [];
    const message = `${name} must take the transaction first (tx: TenantTx or PlatformTx): the door in db.as(…) hands it out`;
    return [{ path: source.path, line, rule: 'layers/store-argument', message, name }];
  });
}

function firstType(node: Syntax): string | undefined {
  const [first] = childrenOf(node, 'params');
  const annotation = childOf(childOf(first, 'typeAnnotation'), 'typeAnnotation');
  return wordOf(childOf(annotation, 'typeName'));
}
