// PDF files through PDF.js, with everything off that could run, fetch or paint: only operators and glyphs come out of it.
import { getDocument, OPS, VerbosityLevel } from 'unpdf/pdfjs';
import type { Source } from '../document.ts';
import { limits } from '../limits.ts';
import { Refusal, tooLarge, unreadable } from '../refusal.ts';

export const operators = OPS;
/** What programs write where nobody said anything. */
const NOTHING = /^\s*(\(?(anonymous|unspecified|untitled)\)?)?\s*$/i;
type OpenDocument = Awaited<ReturnType<typeof getDocument>['promise']>;
export type PdfPage = Awaited<ReturnType<OpenDocument['getPage']>>;
export type Pdf = {
  pages: number;
  page(number: number): Promise<PdfPage>;
  facts(): Promise<Record<string, string | undefined>>;
  close(): Promise<void>;
};

/** Opens a PDF; throws refusals for broken, encrypted and endless ones. */
export async function openPdf({ bytes }: Source): Promise<Pdf> {
  const task = getDocument({
    data: new Uint8Array(bytes),
    verbosity: VerbosityLevel.ERRORS,
    // Pictures are left out before they are decoded.
    maxImageSize: 0,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    // No font is fetched or compiled: widths and characters are enough.
    useSystemFonts: true,
    disableFontFace: true,
    useWorkerFetch: false,
    useWasm: false,
    enableXfa: false,
  });
  const document = await task.promise.catch((error: unknown) => {
    throw toRefusal(error);
  });
  if (document.numPages > limits.pdfPages)
    throw tooLarge(`it has ${document.numPages} pages; ${limits.pdfPages} can be read.`);
  return {
    pages: document.numPages,
    page: (number) => document.getPage(number),
    facts: async () => readFacts(await document.getMetadata().catch(() => undefined)),
    close: () => task.destroy(),
  };
}

function toRefusal(error: unknown): Refusal {
  const { name, message } = error as Error;
  if (name === 'PasswordException') return new Refusal('document_encrypted');
  if (name === 'InvalidPDFException') return unreadable('it is not a PDF, or a part of it is missing.');
  return unreadable(`it is damaged (${message.slice(0, 100)}).`);
}

function readFacts(metadata: { info: object } | undefined): Record<string, string | undefined> {
  const said = (metadata?.info ?? {}) as Record<string, unknown>;
  const text = (name: string) =>
    typeof said[name] === 'string' && !NOTHING.test(said[name]) ? said[name] : undefined;
  return {
    title: text('Title'),
    author: text('Author'),
    subject: text('Subject'),
    keywords: text('Keywords'),
    created: readDate(text('CreationDate')),
    modified: readDate(text('ModDate')),
    language: text('Language'),
  };
}

function readDate(text: string | undefined): string | undefined {
  const parts = /^D:(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?/.exec(text ?? '');
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return `${year}-${month}-${day}${hour === undefined ? '' : `T${hour}:${minute}:${second}`}`;
}
