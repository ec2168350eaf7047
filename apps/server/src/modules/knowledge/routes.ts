// The endpoints of knowledge, by the noun folder they belong to.
import { collectionRoutes } from './collections/routes.ts';
import { documentRoutes } from './documents/routes.ts';
import { embeddingRoutes } from './embedding/routes.ts';
import type { Knowledge } from './index.ts';
import { searchRoutes } from './search/routes.ts';

/** The endpoints of knowledge. */
export function knowledgeRoutes({ deps }: Knowledge) {
  return {
    ...collectionRoutes(deps),
    ...documentRoutes(deps),
    ...embeddingRoutes(deps),
    ...searchRoutes(deps),
  };
}
