// The endpoints of knowledge, by the noun folder they belong to.
import { collectionRoutes } from './collections/routes.ts';
import { documentRoutes } from './documents/routes.ts';
import { embeddingRoutes } from './embedding/routes.ts';
import { graphRoutes } from './graph/routes.ts';
import { graphRunRoutes } from './graph-runs/routes.ts';
import { groupRoutes } from './groups/routes.ts';
import type { Knowledge } from './index.ts';
import { retrievalTestRoutes } from './retrieval-tests/routes.ts';
import { searchRoutes } from './search/routes.ts';
import { shareRoutes } from './sharing/routes.ts';

/** The endpoints of knowledge. */
export function knowledgeRoutes({ deps }: Knowledge) {
  return {
    ...collectionRoutes(deps),
    ...groupRoutes(deps),
    ...shareRoutes(deps),
    ...documentRoutes(deps),
    ...searchRoutes(deps),
    ...retrievalTestRoutes(deps),
    ...embeddingRoutes(deps),
    ...graphRoutes(deps),
    ...graphRunRoutes(deps),
  };
}
