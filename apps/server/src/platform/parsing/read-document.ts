// From the bytes of a file to a document: the format is found, its reader runs, the text is cleaned, cut and measured. Runs in
// a thread of its own.
import { createTokenCounter, type TokenCounter } from './chunks/create-token-counter.ts';
import { cutChunks } from './chunks/cut-chunks.ts';
import { detectFormat } from './containers/detect-format.ts';
import type { DocumentFormat, Draft, Notes, ReadDocument, Section, Source, Split } from './document.ts';
import { findReader } from './find-reader.ts';
import { limits } from './limits.ts';
import { Refusal, tooLarge } from './refusal.ts';
import { cleanLine, cleanText } from './text/clean-text.ts';
import { createNotes } from './text/create-notes.ts';
import { detectLanguage } from './text/detect-language.ts';

export type ReadOrder = { source: Source; split: Split; tell(characters: number): void };

let counter: TokenCounter | undefined;

/** Reads a file; throws refusals, and other errors where a reader met what nobody thought of. */
export async function readDocument({ source, split, tell }: ReadOrder): Promise<ReadDocument> {
  if (source.bytes.length > limits.fileBytes) throw tooLarge('a file may have 50 MB.');
  const notes = createNotes(tell);
  const format = detectFormat(source, notes);
  const read = await findReader(format);
  const draft = await read(source, notes);
  const { markdown, pageAt } = joinSections(draft.sections, notes);
  if (!/[\p{L}\p{N}]/u.test(markdown))
    throw new Refusal(format === 'pdf' ? 'document_no_text_layer' : 'document_empty');
  tell(markdown.length);
  counter ??= createTokenCounter();
  const { chunks, tokens } = cutChunks(markdown, { split, counter, pageAt });
  if (notes.hidden.length > 0)
    notes.warn(
      'hidden_text',
      `${notes.hidden.length} pieces of text that a reader does not see were left out.`,
    );
  return describe(format, draft, { markdown, chunks, notes, tokens });
}

type Results = Pick<ReadDocument, 'markdown' | 'chunks' | 'tokens'> & { notes: Notes };

function describe(
  format: DocumentFormat,
  draft: Draft,
  { markdown, chunks, tokens, notes }: Results,
): ReadDocument {
  const title = cleanLine(draft.title ?? '')
    .slice(0, limits.titleCharacters)
    .toWellFormed();
  const metadata = Object.entries(draft.metadata ?? {})
    .map(
      ([name, value]) =>
        [
          name,
          cleanLine(value ?? '')
            .slice(0, limits.metadataCharacters)
            .toWellFormed(),
        ] as const,
    )
    .filter(([, value]) => value !== '')
    .slice(0, limits.metadataFields);
  const { warnings, hidden } = notes;
  return {
    format,
    title: title === '' ? (firstHeading(chunks) ?? null) : title,
    ...{ markdown, tokens, chunks, warnings, hidden },
    pages: draft.pages ?? null,
    language:
      /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.exec(draft.language?.trim() ?? '')?.[0] ?? detectLanguage(markdown),
    metadata: Object.fromEntries(metadata),
  };
}

function firstHeading(chunks: ReadDocument['chunks']): string | undefined {
  return chunks[0]?.heading_path[0]?.slice(0, limits.titleCharacters).toWellFormed();
}

/** Cleans each section and joins them; tells which page an offset is on. */
function joinSections(
  sections: Section[],
  notes: Notes,
): { markdown: string; pageAt(offset: number): number | null } {
  const parts: string[] = [];
  const starts: { offset: number; page: number | null }[] = [];
  let length = 0;
  for (const { markdown, page, continues } of sections) {
    const text = tidy(cleanText(markdown, notes, page ?? undefined));
    if (text === '') continue;
    const gap = length === 0 ? '' : continues ? ' ' : '\n\n';
    starts.push({ offset: length + gap.length, page });
    parts.push(gap, text);
    length += gap.length + text.length;
    if (length > limits.markdownCharacters) throw tooLarge('it has more than 20 million characters of text.');
  }
  return { markdown: parts.join(''), pageAt: (offset) => pageOf(starts, offset) };
}

/** Begins at the first space of a run only, or long runs would take time by the square of their length. */
const SPACE_AT_END = /(?<![^\S\n])[^\S\n]+$/gm;

function tidy(text: string): string {
  return text
    .replace(SPACE_AT_END, '')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

function pageOf(starts: readonly { offset: number; page: number | null }[], offset: number): number | null {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]!.offset <= offset) low = middle;
    else high = middle - 1;
  }
  return starts[low]?.page ?? null;
}
