// The reader of documents for tests and proofs: in its threads, or in this one, where a test wants only what is read.
import { defaultSplit, type ReadDocument } from '../src/platform/parsing/index.ts';
import { readDocument } from '../src/platform/parsing/read-document.ts';

export { createParsing, type Parsing } from '../src/platform/parsing/index.ts';

/** Reads a document in this thread; throws refusals. */
export function readMade(name: string, content: string | Uint8Array): Promise<ReadDocument> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return readDocument({ source: { name, bytes }, split: defaultSplit, tell: () => undefined });
}
