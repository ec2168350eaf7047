// The endpoints of knowledge, by the noun folder they belong to.
import { collectionRoutes } from './collections/routes.ts';
import { graphRoutes } from './graph/routes.ts';
import { graphRunRoutes } from './graph-runs/routes.ts';
import type { Knowledge } from './index.ts';

/** The endpoints of knowledge. */
export function knowledgeRoutes({ deps }: Knowledge) {
  return { ...collectionRoutes(deps), ...graphRoutes(deps), ...graphRunRoutes(deps) };
}
