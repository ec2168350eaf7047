// Presentations: one section for each slide, with tables, charts, descriptions of pictures and the speaker's notes.
import {
  allXml,
  attributeOf,
  elementsOf,
  findXml,
  listXml,
  textOfXml,
  walkXml,
  type XmlNode,
} from '../containers/walk-xml.ts';
import type { Draft, Notes, Section, Source } from '../document.ts';
import {
  joinBlocks,
  oneLine,
  writeHeading,
  writeListEntry,
  writePicture,
  writeTable,
} from '../text/markdown.ts';
import { type OfficePackage, type Relation, readPackage } from './read-package.ts';
import { writeChart } from './write-chart.ts';

const SLIDES_MAX = 2_000;
const TINY_HUNDREDTHS = 250;
type Slide = {
  office: OfficePackage;
  notes: Notes;
  page: number;
  relations: Map<string, Relation>;
  width: number;
  height: number;
};

/** Reads a presentation. */
export function readPptx(source: Source, notes: Notes): Draft {
  const office = readPackage(source);
  const part = 'ppt/presentation.xml';
  const relations = office.relations(part);
  const [size] = listXml(office.need(part), 'sldSz');
  const width = Number(attributeOf(size, 'cx') ?? 0) || Number.POSITIVE_INFINITY;
  const height = Number(attributeOf(size, 'cy') ?? 0) || Number.POSITIVE_INFINITY;
  const sections: Section[] = [];
  const ids = listXml(office.need(part), 'sldId').slice(0, SLIDES_MAX);
  for (const [i, id] of ids.entries()) {
    // An id of its own stands beside the one of the relationship.
    const key = Object.entries(id.attributes).find(([name]) => name.endsWith(':id'))?.[1] ?? '';
    const path = relations.get(key)?.target;
    const bytes = path === undefined ? undefined : office.read(path);
    if (!bytes || path === undefined) continue;
    const slide = { office, notes, page: i + 1, relations: office.relations(path), width, height };
    const markdown = writeSlide(bytes, slide);
    notes.progress(markdown.length);
    sections.push({ markdown, page: i + 1 });
  }
  const { title, language, metadata } = office;
  return { title, language, metadata, sections, pages: ids.length };
}

function writeSlide(bytes: Uint8Array, slide: Slide): string {
  const blocks: string[] = [];
  let hidden = false;
  let title = '';
  walkXml(bytes, {
    wanted: new Set(['sp', 'graphicFrame', 'pic']),
    visit(node) {
      if (isTitle(node) && title === '') title = oneLine(writeShape(node, slide, false));
      else blocks.push(writeNode(node, slide));
    },
  });
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(4_096, bytes.length)).toString('latin1');
  if (/<\w+:sld\s[^>]*show="(0|false)"/.test(head)) hidden = true;
  const markdown = joinBlocks([writeHeading(2, title), ...blocks, writeSpeakerNotes(slide)]);
  if (!hidden) return markdown;
  slide.notes.hide(markdown, 'a hidden slide', slide.page);
  slide.notes.warn('hidden_slides', 'Hidden slides were left out.');
  return '';
}

function isTitle(node: XmlNode): boolean {
  return /^(ctrT|t)itle$/.test(attributeOf(findXml(node, 'nvSpPr/nvPr/ph'), 'type') ?? '');
}

function writeNode(node: XmlNode, slide: Slide): string {
  if (node.name === 'pic') return writePicture(attributeOf(findXml(node, 'nvPicPr/cNvPr'), 'descr'));
  if (node.name === 'graphicFrame') return writeFrame(node, slide);
  const kind = attributeOf(findXml(node, 'nvSpPr/nvPr/ph'), 'type') ?? '';
  if (/^(sldNum|dt|ftr)$/.test(kind)) return '';
  const placed = findXml(node, 'nvSpPr/nvPr/ph') !== undefined;
  const text = writeShape(node, slide, placed && kind !== 'subTitle');
  if (text === '' || !isOutside(node, slide)) return text;
  slide.notes.hide(text, 'outside the slide', slide.page);
  return '';
}

function isOutside(node: XmlNode, slide: Slide): boolean {
  const frame = findXml(node, 'spPr/xfrm');
  const at = (name: string, key: string) => Number(attributeOf(findXml(frame, name), key) ?? 0);
  if (!frame) return false;
  const [x, y, w, h] = [at('off', 'x'), at('off', 'y'), at('ext', 'cx'), at('ext', 'cy')];
  return x >= slide.width || y >= slide.height || x + w <= 0 || y + h <= 0;
}

/** The paragraphs of a shape; those of a placeholder for text are a list when there are several. */
function writeShape(node: XmlNode, slide: Slide, mayList: boolean): string {
  const paragraphs = elementsOf(findXml(node, 'txBody'))
    .filter(({ name }) => name === 'p')
    .map((paragraph) => ({
      depth: Number(attributeOf(findXml(paragraph, 'pPr'), 'lvl') ?? 0) || 0,
      numbered: findXml(paragraph, 'pPr/buAutoNum') !== undefined,
      bullet: findXml(paragraph, 'pPr/buChar') !== undefined,
      text: writeParagraph(paragraph, slide),
    }))
    .filter(({ text }) => text !== '');
  const list = mayList && paragraphs.length > 1;
  let number = 0;
  const lines = paragraphs.map(({ depth, numbered, bullet, text }) => {
    number = numbered ? number + 1 : 0;
    if (numbered) return writeListEntry(depth, `${number}.`, text);
    return list || bullet || depth > 0 ? writeListEntry(depth, '-', text) : text;
  });
  return lines.join(lines.every((line) => /^ *(-|\d+\.) /.test(line)) ? '\n' : '\n\n');
}

function writeParagraph(paragraph: XmlNode, slide: Slide): string {
  const words = elementsOf(paragraph).map((run) => {
    if (run.name === 'br') return ' ';
    if (run.name !== 'r' && run.name !== 'fld') return '';
    const text = textOfXml(findXml(run, 't'));
    const size = Number(attributeOf(findXml(run, 'rPr'), 'sz') ?? 1_800);
    if (size >= TINY_HUNDREDTHS || text.trim() === '') return text;
    slide.notes.hide(text, 'too small to read', slide.page);
    return '';
  });
  return oneLine(words.join(''));
}

function writeFrame(node: XmlNode, slide: Slide): string {
  const table = allXml(node, 'tbl')[0];
  if (table)
    return writeTable(
      allXml(table, 'tr').map((row) =>
        allXml(row, 'tc').map((cell) =>
          oneLine(
            allXml(cell, 'p')
              .map((one) => writeParagraph(one, slide))
              .join(' '),
          ),
        ),
      ),
    );
  const chart = allXml(node, 'chart')[0];
  const id = Object.entries(chart?.attributes ?? {}).find(([name]) => name.endsWith(':id'))?.[1] ?? '';
  const target = slide.relations.get(id)?.target;
  if (target !== undefined) return writeChart(slide.office.read(target));
  return writePicture(attributeOf(findXml(node, 'nvGraphicFramePr/cNvPr'), 'descr'));
}

function writeSpeakerNotes(slide: Slide): string {
  const path = [...slide.relations.values()].find(({ kind }) => kind === 'notesSlide')?.target;
  const shapes = listXml(path === undefined ? undefined : slide.office.read(path), 'sp');
  const body = shapes.filter((node) => attributeOf(findXml(node, 'nvSpPr/nvPr/ph'), 'type') === 'body');
  const text = body
    .map((node) => oneLine(writeShape(node, slide, false)))
    .join(' ')
    .trim();
  return text === '' ? '' : `> Notes: ${text}`;
}
