// The endpoints of knowledge, by the noun folder they belong to.
import type { Knowledge } from './index.ts';

/** The endpoints of knowledge. */
export function knowledgeRoutes(_knowledge: Knowledge) {
  return {};
}
