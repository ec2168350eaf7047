// The reader of documents for proofs that need nothing else of the server.
export { createParsing, type Parsing } from '../src/platform/parsing/index.ts';
