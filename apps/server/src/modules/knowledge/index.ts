// The menu of knowledge.
export { answerQuestion } from './answers/answer-question.ts';
export { createKnowledge, type Knowledge } from './create-knowledge.ts';
export { createUploads } from './files/create-uploads.ts';
export { registerDocumentFiles } from './files/register-document-files.ts';
export { knowledgeRoutes } from './routes.ts';
export { searchKnowledge } from './search/search-knowledge.ts';
export { prepareSegment } from './segments/prepare-segment.ts';
export { publishSegment, retirePassages } from './segments/publish-segment.ts';
export { saveVectors } from './segments/save-vectors.ts';
