// What reading a file gives: structured Markdown, what was left out and why, and the pieces that search works with.

/** The longest piece and what two neighbours share, both in tokens of the local embedding model. */
export type Split = { maxTokens: number; overlapTokens: number };

/** One piece of a document; `markdown.slice(start_offset, end_offset)` is its text, without a table's repeated header row. */
export type Chunk = {
  seq: number;
  text: string;
  kind: 'text' | 'table' | 'code';
  heading_path: string[];
  page_start: number | null;
  page_end: number | null;
  start_offset: number;
  end_offset: number;
  tokens: number;
};

export const documentFormats = [
  ...(['pdf', 'docx', 'pptx', 'xlsx', 'odt', 'rtf', 'html', 'epub', 'rss', 'xml'] as const),
  ...(['markdown', 'text', 'csv', 'json', 'jsonl', 'ipynb', 'eml', 'msg'] as const),
];
export type DocumentFormat = (typeof documentFormats)[number];

/** Something a person should know about what was read. */
export type Warning = { code: string; detail: string };

/** Text that a person who looks at the document does not see; it stands in no chunk. */
export type HiddenText = { text: string; reason: string; page?: number };

export type ReadDocument = {
  format: DocumentFormat;
  title: string | null;
  /** Normalised: NFC, no control characters, no lone surrogates, no NUL. */
  markdown: string;
  pages: number | null;
  tokens: number;
  /** BCP 47, where the file says it or its script shows it. */
  language: string | null;
  metadata: Record<string, string>;
  warnings: Warning[];
  hidden: HiddenText[];
  chunks: Chunk[];
};

/** A file as a reader gets it. */
export type Source = { bytes: Uint8Array; name: string; type?: string };

/** A stretch of Markdown on one page; `continues` says that it goes on in the middle of a paragraph. */
export type Section = { markdown: string; page: number | null; continues?: boolean };

/** What a reader hands over before it is cleaned and cut. */
export type Draft = {
  title?: string | undefined;
  language?: string | undefined;
  sections: Section[];
  pages?: number;
  metadata?: Record<string, string | undefined>;
};

/** Where readers leave what a person should know; bounded, so that a hostile file cannot fill it. */
export type Notes = {
  warnings: Warning[];
  hidden: HiddenText[];
  /** Says something once for each code. */
  warn(code: string, detail: string): void;
  hide(text: string, reason: string, page?: number): void;
  /** Tells the watch how many more characters were read: a file gets time as long as it gives text. */
  progress(characters: number): void;
};

/** Turns the bytes of one format into a draft; throws refusals. */
export type Reader = (source: Source, notes: Notes) => Draft | Promise<Draft>;
