// Where uploads go: what the edge of the server is given to keep files with.
import type { Uploads } from '../../../platform/http/read-form.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { stageFile } from './stage-file.ts';

/** Takes files of at most `maxMegabytes`. */
export function createUploads(deps: KnowledgeDeps, maxMegabytes: number): Uploads {
  return {
    maxBytes: maxMegabytes * 1_000_000,
    stage: (actor, file) => stageFile(deps, actor.organization_id, file),
  };
}
