// Endpoint → verb, for documents.
import type { documents } from '@insula/contract/documents';
import type { ragDocuments } from '@insula/contract/rag-documents';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { listPassages } from '../passages/list-passages.ts';
import { reprocessCollection } from '../versions/reprocess-collection.ts';
import { cancelVersion, retryVersion } from '../versions/retry-version.ts';
import { changeDocument } from './change-document.ts';
import { createDocument } from './create-document.ts';
import { findWorkspace } from './find-workspace.ts';
import { countDocuments, getDocument, listDocuments, listVersions } from './list-documents.ts';
import { removeDocument } from './remove-document.ts';
import { replaceDocument } from './replace-document.ts';

type Nouns = { documents: typeof documents; ragDocuments: typeof ragDocuments };

/** The endpoints of documents, with the workspace in the address and without. */
export function documentRoutes(deps: KnowledgeDeps): RoutesOf<Nouns> {
  return {
    documents: {
      list: (call, input) => listDocuments(deps, call.actor, input),
      create: ({ actor, file }, input) => createDocument(deps, actor, { input, file }),
      getCounts: (call, input) => countDocuments(deps, call.actor, input),
      reprocess: (call, input) => reprocessCollection(deps, call.actor, input),
      get: (call, input) => getDocument(deps, call.actor, input),
      change: (call, input) => changeDocument(deps, call.actor, input),
      remove: (call, input) => removeDocument(deps, call.actor, input),
      listVersions: (call, input) => listVersions(deps, call.actor, input),
      replace: ({ actor, file }, input) => replaceDocument(deps, actor, { input, file }),
      retry: (call, input) => retryVersion(deps, call.actor, input),
      cancel: (call, input) => cancelVersion(deps, call.actor, input),
      listPassages: (call, input) => listPassages(deps, call.actor, input),
    },
    ragDocuments: ragRoutes(deps),
  };
}

function ragRoutes(deps: KnowledgeDeps): RoutesOf<Nouns>['ragDocuments'] {
  return {
    list: async ({ actor }, input) =>
      listDocuments(deps, actor, {
        ...input,
        workspace_id: await findWorkspace(deps, actor, input.workspace_id),
      }),
    create: async ({ actor, file }, input) => {
      const workspace_id = await findWorkspace(deps, actor, input.workspace_id);
      return createDocument(deps, actor, { input: { ...input, workspace_id }, file });
    },
    remove: async ({ actor }, input) =>
      removeDocument(deps, actor, {
        ...input,
        workspace_id: await findWorkspace(deps, actor, input.workspace_id),
      }),
  };
}
