// PDF: what a reader of the pages sees, in the order of reading.
import type { Draft, Notes, Section, Source } from '../document.ts';
import { Refusal, unreadable } from '../refusal.ts';
import { oneLine } from '../text/markdown.ts';
import { drawPage } from './draw-page.ts';
import { dropRepeated, type PageLines } from './drop-repeated.ts';
import { keepVisible } from './keep-visible.ts';
import { layOutLines } from './lay-out-lines.ts';
import { openPdf, type Pdf } from './open-pdf.ts';
import { orderColumns } from './order-columns.ts';
import { studyLines } from './study-lines.ts';
import { writeLines } from './write-lines.ts';

type ReadPage = PageLines & { number: number; turned: string };

/** Reads a PDF page by page; throws refusals for scans, broken, locked and endless ones. */
export async function readPdf(source: Source, notes: Notes): Promise<Draft> {
  const pdf = await openPdf(source);
  try {
    const pages = await readPages(pdf, notes);
    const { title, language, ...metadata } = await pdf.facts();
    dropRepeated(pages);
    const manuscript = studyLines(pages.map(({ lines }) => lines));
    const sections = pages.flatMap((page): Section[] => {
      const markdown = [writeLines(page.lines, manuscript), page.turned]
        .filter((part) => part !== '')
        .join('\n\n');
      return [{ markdown, page: page.number }];
    });
    return { title, language, metadata, sections: tieSections(sections), pages: pdf.pages };
  } finally {
    await pdf.close();
  }
}

async function readPages(pdf: Pdf, notes: Notes): Promise<ReadPage[]> {
  const pages: ReadPage[] = [];
  const silent: number[] = [];
  let broken = 0;
  for (let number = 1; number <= pdf.pages; number++) {
    const page = await readPage(pdf, number, notes);
    if (!page) broken++;
    else if (page.lines.length === 0 && page.turned === '') silent.push(number);
    else pages.push(page);
  }
  if (broken === pdf.pages) throw unreadable('none of its pages can be read.');
  if (pages.length === 0) throw new Refusal('document_no_text_layer');
  if (broken > 0)
    notes.warn('pages_unreadable', `${broken} of ${pdf.pages} pages are damaged and were left out.`);
  if (silent.length > 0)
    notes.warn(
      'pages_without_text',
      `Pages without text, perhaps scans: ${silent.slice(0, 20).join(', ')}${silent.length > 20 ? ' …' : ''}. Run OCR to have them read.`,
    );
  return pages;
}

/** One page; undefined where it is damaged. */
async function readPage(pdf: Pdf, number: number, notes: Notes): Promise<ReadPage | undefined> {
  try {
    const page = await pdf.page(number);
    const drawn = await drawPage(page);
    page.cleanup();
    const runs = keepVisible(drawn, number, notes);
    notes.progress(runs.reduce((sum, { text }) => sum + text.length, 0));
    const turned = runs.filter((run) => run.turned).map(({ text }) => oneLine(text));
    return { number, height: drawn.height, lines: orderColumns(layOutLines(runs)), turned: turned.join(' ') };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return undefined;
  }
}

/** A paragraph that goes on over the end of a page is one paragraph. */
function tieSections(sections: Section[]): Section[] {
  return sections.map((section, i) => {
    const before = sections[i - 1]?.markdown ?? '';
    const ends = /[\p{Ll},;]$/u.test(before) && !/^[#|>`-]/.test(before.slice(before.lastIndexOf('\n') + 1));
    return ends && /^\p{Ll}/u.test(section.markdown) ? { ...section, continues: true } : section;
  });
}
