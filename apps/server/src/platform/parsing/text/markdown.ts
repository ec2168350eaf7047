// The Markdown that every reader writes alike: headings, lists, fenced code and tables; structure is kept, decoration is not.
import { limits } from '../limits.ts';

/** A heading on one line, of level one to six. */
export function writeHeading(level: number, text: string): string {
  const words = oneLine(text);
  return words === '' ? '' : `${'#'.repeat(Math.min(6, Math.max(1, level)))} ${words}`;
}

/** An entry of a list at a depth that begins with zero. */
export function writeListEntry(depth: number, mark: string, text: string): string {
  return `${'  '.repeat(Math.min(depth, 8))}${mark} ${text.replaceAll('\n', ' ').trim()}`;
}

/** A fenced block; the fence is longer than any inside. */
export function writeCode(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language.replace(/[^\w+#-]/g, '').slice(0, 30)}\n${text.replace(/\n+$/, '')}\n${fence}`;
}

/** A GFM table whose first row is the header; rows are filled up to the widest, empty rows and columns left out. */
export function writeTable(rows: readonly (readonly string[])[]): string {
  const filled = rows
    .map((row) => row.slice(0, limits.tableColumns).map(writeCell))
    .filter((row) => row.some((cell) => cell !== ''));
  const width = filled.reduce((most, row) => Math.max(most, row.length), 0);
  const used = Array.from({ length: width }, (_, i) => i).filter((i) => filled.some((row) => row[i]));
  const lines = filled.map((row) => `| ${used.map((i) => row[i] ?? '').join(' | ')} |`);
  if (lines.length === 0) return '';
  return [lines[0], `|${' - |'.repeat(used.length)}`, ...lines.slice(1)].join('\n');
}

function writeCell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|');
}

/** Words with single spaces between them. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** A link where its target is one a person may follow, else only its words. */
export function writeLink(words: string, target: string | undefined): string {
  const text = oneLine(words);
  const safe = target !== undefined && /^(https?:\/\/|mailto:)[^\s<>()]{1,2000}$/i.test(target);
  return safe && text !== '' && text !== target ? `[${text}](${target})` : text;
}

/** What stands for a picture: its description, if it has one. */
export function writePicture(description: string | undefined): string {
  const words = oneLine(description ?? '').slice(0, 300);
  return words === '' ? '' : `[Image: ${words.replace(/[[\]]/g, '')}]`;
}

/** Blocks with an empty line between them; empty ones vanish. */
export function joinBlocks(blocks: readonly string[]): string {
  return blocks.filter((block) => block.trim() !== '').join('\n\n');
}
