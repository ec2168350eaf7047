// Text of documents and tools on its way into a prompt: quoted between tags that it cannot close, so that a model can tell
// what is said to it from what it is shown.
export type Passage = {
  chunk_id: string;
  document_id: string | null;
  collection_id: string | null;
  title: string;
  page: number | null;
  source: string | null;
  text: string;
};
/** A passage with the number by which the answer cites it. */
export type Marked = Passage & { marker: number };

const PASSAGE_MAX = 8_000;

/** Passages as they stand in a prompt: `<passage n="1" id="…" title="…" page="3">…</passage>`. */
export function quotePassages(passages: Marked[]): string {
  return passages
    .map(({ marker, chunk_id, document_id, title, page, text }) => {
      const document = document_id === null ? '' : ` document_id="${document_id}"`;
      const place = (page === null ? '' : ` page="${page}"`) + document;
      const words = escapeTags(text.slice(0, PASSAGE_MAX));
      return `<passage n="${marker}" id="${chunk_id}" title="${escapeAttribute(title)}"${place}>\n${words}\n</passage>`;
    })
    .join('\n');
}

/** A file that a person attached. */
export function quoteFile(file: { name: string; text: string }): string {
  return `<attachment name="${escapeAttribute(file.name)}">\n${escapeTags(file.text)}\n</attachment>`;
}

/** What a tool answered, for the model that called it. */
export function quoteToolAnswer(name: string, answer: string): string {
  return `<tool_answer tool="${escapeAttribute(name)}">\n${escapeTags(answer)}\n</tool_answer>`;
}

/** The quoting tags lose their brackets, however they are spelled. */
function escapeTags(text: string): string {
  return text.replace(/<(\s*\/?\s*(?:passage|attachment|tool_answer)\b)/giu, '‹$1');
}

function escapeAttribute(text: string): string {
  return text.replace(/["<>\r\n]/g, ' ').slice(0, 300);
}
