// The menu of knowledge.
export { createKnowledge, type Knowledge } from './create-knowledge.ts';
export { registerDocumentFiles } from './files/register-document-files.ts';
export { stageFile } from './files/stage-file.ts';
export { knowledgeRoutes } from './routes.ts';
