// Words of texts, brought to the forms that are indexed and searched for.
export { ANALYSER_VERSION, type Analyser, createAnalyser } from './create-analyser.ts';
export { findWords } from './find-words.ts';
export { guessLanguage } from './guess-language.ts';
export { type QuestionWord, readQuestion } from './read-question.ts';
export type { Language } from './stop-words.ts';
