// The passages that an answer was shown, numbered as it may cite them; and those that it did cite.

import type { ChatEvent } from '../runs/fold-event.ts';
import type { Marked, Passage } from './quote-passages.ts';

const SNIPPET_MAX = 600;

export type Passages = ReturnType<typeof collectPassages>;

/** An empty collection; `taken` are the numbers of an answer that goes on. */
export function collectPassages(taken = 0) {
  const all: Marked[] = [];
  let named: Named[] | undefined;
  return {
    /** Takes over the numbers that a model gave by itself, as the built-in answerer does. */
    takeNumbers(given: unknown): void {
      if (Array.isArray(given)) named = (given as Named[]).slice(0, 100);
    },
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
      if (named) return named.map((one) => tellSource(nameOf(one, all)));
      const cited = new Set([...text.matchAll(/\[(\d{1,4})\]/g)].map(([, n]) => Number(n)));
      return all.filter(({ marker }) => cited.has(marker)).map(tellSource);
    },
  };
}

type Named = {
  number: number;
  chunk_id: string;
  document_id: string | null;
  title: string;
  page: number | null;
};

/** What is known of a passage that a model named. */
function nameOf({ number, ...said }: Named, all: Marked[]): Marked {
  const known = all.find(({ chunk_id }) => chunk_id === said.chunk_id);
  const unknown = { ...said, collection_id: null, source: null, text: '' };
  return { ...(known ?? unknown), marker: number };
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
