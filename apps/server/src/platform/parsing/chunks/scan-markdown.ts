// The blocks of a Markdown text with their places: headings, paragraphs, lists, tables, fenced code. Line by line, so that no
// text can make it slow.
export type Block = {
  kind: 'heading' | 'text' | 'list' | 'table' | 'code';
  start: number;
  end: number;
  /** The words of a heading, and its level. */
  title?: string;
  level?: number;
};

const HEADING = /^ {0,3}(#{1,6})[ \t]+(.{1,2000}?)[ \t#]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const RULE = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const ENTRY = /^ {0,8}([-*+]|\d{1,9}[.)])[ \t]/;

type Line = { start: number; end: number; text: string };

/** Finds the blocks; what lies between them is empty lines. */
export function scanMarkdown(markdown: string): Block[] {
  const lines = listLines(markdown);
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!;
    if (line.text.trim() === '') i++;
    else {
      const block = scanBlock(lines, i);
      blocks.push(block.block);
      i = block.next;
    }
  }
  return blocks;
}

function listLines(markdown: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= markdown.length; ) {
    const stop = markdown.indexOf('\n', start);
    const end = stop === -1 ? markdown.length : stop;
    // Only the beginning of a line decides what it is.
    lines.push({ start, end, text: markdown.slice(start, Math.min(end, start + 4_000)) });
    start = end + 1;
  }
  return lines;
}

function scanBlock(lines: Line[], i: number): { block: Block; next: number } {
  const line = lines[i]!;
  const heading = HEADING.exec(line.text);
  if (heading) {
    const block = {
      kind: 'heading' as const,
      start: line.start,
      end: line.end,
      title: heading[2]!,
      level: heading[1]!.length,
    };
    return { block, next: i + 1 };
  }
  const fence = FENCE.exec(line.text)?.[1];
  const isTable =
    fence === undefined &&
    line.text.includes('|') &&
    RULE.test(lines[i + 1]?.text ?? '') &&
    (lines[i + 1]?.text ?? '').includes('|');
  const kind = fence !== undefined ? 'code' : isTable ? 'table' : ENTRY.test(line.text) ? 'list' : 'text';
  const next = fence === undefined ? endOf(lines, i, kind) : endOfFence(lines, i, fence);
  return { block: { kind, start: line.start, end: lines[next - 1]!.end }, next };
}

function endOf(lines: Line[], start: number, kind: Block['kind']): number {
  let i = start + 1;
  for (; i < lines.length; i++) {
    const { text } = lines[i]!;
    if (text.trim() === '' || HEADING.test(text) || FENCE.test(text)) break;
    if (kind === 'table' && !text.includes('|')) break;
    if (kind === 'text' && text.trimStart().startsWith('|') && RULE.test(lines[i + 1]?.text ?? '')) break;
  }
  return i;
}

/** A fence that nothing closes ends with the text. */
function endOfFence(lines: Line[], start: number, fence: string): number {
  for (let i = start + 1; i < lines.length; i++) {
    const text = lines[i]!.text.trim();
    if (text.startsWith(fence) && text === fence[0]!.repeat(text.length)) return i + 1;
  }
  return lines.length;
}
