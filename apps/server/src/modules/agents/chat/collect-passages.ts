// The passages that an answer was shown, numbered as it may cite them; and those that it did cite.
import type { Marked, Passage } from '../prompting/quote-passages.ts';
import type { ChatEvent } from '../runs/fold-event.ts';

const SNIPPET_MAX = 600;

export type Passages = ReturnType<typeof collectPassages>;

/** An empty collection; `taken` are the numbers of an answer that goes on. */
export function collectPassages(taken = 0) {
  const all: Marked[] = [];
  return {
    /** Numbers passages; one that is known already keeps its number. */
    add(passages: Passage[]): Marked[] {
      return passages.map((passage) => {
        const known = all.find((one) => one.chunk_id === passage.chunk_id);
        if (known) return known;
        const marked = { ...passage, marker: taken + all.length + 1 };
        all.push(marked);
        return marked;
      });
    },
    /** The events that tell of the passages cited in the text, by their numbers. */
    listCited(text: string): ChatEvent[] {
      const cited = new Set([...text.matchAll(/\[(\d{1,4})\]/g)].map(([, n]) => Number(n)));
      return all.filter(({ marker }) => cited.has(marker)).map(tellSource);
    },
  };
}

function tellSource(passage: Marked): ChatEvent {
  const { marker, chunk_id, document_id, collection_id, title, page, source, text } = passage;
  const insula = { marker, chunk_id, document_id, collection_id, page, text: text.slice(0, SNIPPET_MAX) };
  return {
    type: 'source-document',
    sourceId: chunk_id,
    mediaType: 'text/plain',
    title,
    ...(source ? { filename: source } : {}),
    providerMetadata: { insula },
  };
}
