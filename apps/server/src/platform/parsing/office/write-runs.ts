// The words of a Word paragraph: what was deleted is left out, what a reader does not see is told of.
import { allXml, attributeOf, elementsOf, findXml, textOfXml, type XmlNode } from '../containers/walk-xml.ts';
import type { Notes } from '../document.ts';
import { writeLink, writePicture } from '../text/markdown.ts';
import { type DocxStyles, isVanished } from './docx-styles.ts';
import type { Relation } from './read-package.ts';
import { writeFormula } from './write-formula.ts';

export type RunContext = {
  styles: DocxStyles;
  relations: Map<string, Relation>;
  notes: Notes;
  /** Called for text boxes, whose paragraphs stand in the middle of a run. */
  aside(box: XmlNode): void;
  /** Called where a page ended when the file was last laid out. */
  turnPage(): void;
  /** What was hidden in this paragraph so far; runs of it are told of together. */
  hidden: { text: string; reason: string }[];
  /** Whether something dark is behind the text. */
  painted: boolean;
};

/** Half points under which nobody can read. */
const TINY_HALF_POINTS = 5;
const SIMPLE: Record<string, string> = { tab: ' ', cr: '\n', noBreakHyphen: '-', softHyphen: '', ptab: ' ' };

/** Writes everything in a paragraph. */
export function writeRuns(node: XmlNode, context: RunContext): string {
  return elementsOf(node)
    .map((child) => writePart(child, context))
    .join('');
}

function writePart(node: XmlNode, context: RunContext): string {
  switch (node.name) {
    case 'r':
      return writeRun(node, context);
    case 'hyperlink': {
      const relation = context.relations.get(attributeOf(node, 'id') ?? '');
      return writeLink(
        writeRuns(node, context),
        relation?.kind === 'hyperlink' ? relation.target : undefined,
      );
    }
    case 'oMath':
      return ` $${writeFormula(node)}$ `;
    case 'del':
    case 'moveFrom':
    case 'pPr':
    case 'sdtPr':
      return '';
    default:
      return writeRuns(node, context);
  }
}

function writeRun(node: XmlNode, context: RunContext): string {
  const words = elementsOf(node)
    .map((child) => writeRunPart(child, context))
    .join('');
  const reason = words.trim() === '' ? undefined : findReason(findXml(node, 'rPr'), context);
  if (reason === undefined) return words;
  const last = context.hidden.at(-1);
  if (last?.reason === reason) last.text += words;
  else context.hidden.push({ text: words, reason });
  return '';
}

function writeRunPart(node: XmlNode, context: RunContext): string {
  switch (node.name) {
    case 't':
      return textOfXml(node);
    case 'br':
      return attributeOf(node, 'type') === 'page' ? ' ' : '\n';
    case 'lastRenderedPageBreak':
      context.turnPage();
      return '';
    case 'sym':
      return symbolOf(attributeOf(node, 'char'));
    case 'footnoteReference':
    case 'endnoteReference':
      return `[^${node.name === 'endnoteReference' ? 'e' : ''}${attributeOf(node, 'id')}]`;
    case 'drawing':
    case 'pict':
    case 'AlternateContent':
    case 'object':
      for (const box of allXml(node, 'txbxContent')) context.aside(box);
      return allXml(node, 'docPr')
        .map((picture) => writePicture(attributeOf(picture, 'descr')))
        .join(' ');
    default:
      return SIMPLE[node.name] ?? '';
  }
}

/** A symbol of a font of pictures says nothing without that font. */
function symbolOf(hex: string | undefined): string {
  const code = Number.parseInt(hex ?? '', 16);
  return code > 32 && code < 0xe000 ? String.fromCharCode(code) : '';
}

function findReason(properties: XmlNode | undefined, context: RunContext): string | undefined {
  if (!properties) return undefined;
  if (isVanished(properties) || context.styles.isHidden(attributeOf(findXml(properties, 'rStyle'), 'val')))
    return 'marked as hidden';
  const size = Number(attributeOf(findXml(properties, 'sz'), 'val') ?? 24);
  if (size < TINY_HALF_POINTS) return 'too small to read';
  const color = attributeOf(findXml(properties, 'color'), 'val') ?? '';
  return /^(F[CDEF]){3}$/i.test(color) && !context.painted && !isShaded(properties)
    ? 'white on white'
    : undefined;
}

/** Whether properties of a run, a paragraph or a cell paint the ground in a colour that white can be read on. */
export function isShaded(properties: XmlNode | undefined): boolean {
  const fill = attributeOf(findXml(properties, 'shd'), 'fill') ?? 'auto';
  const theme = attributeOf(findXml(properties, 'shd'), 'themeFill');
  return (
    !/^(auto|(F[CDEF]){3})$/i.test(fill) ||
    theme !== undefined ||
    findXml(properties, 'highlight') !== undefined
  );
}
