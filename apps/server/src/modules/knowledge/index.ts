// The menu of knowledge.
export { answerQuestion } from './answers/answer-question.ts';
export { createKnowledge, type Knowledge } from './create-knowledge.ts';
export { createUploads } from './files/create-uploads.ts';
export { registerDocumentFiles } from './files/register-document-files.ts';
export { knowledgeRoutes } from './routes.ts';
