// How many of the cells that people put down for real PDFs are found, and how many stand beside the right neighbour.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readMade } from '../../../../test/open-parsing.ts';

const folder = resolve(import.meta.dirname, '../../../../../../../shared/data/documents/tables');
const CELLS = 0.97;
const NEIGHBOURS = 0.95;

/** The rows of all tables: their cells that are not empty, without the lines below headers. */
function rowsOf(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .map((cell) => cell.replace(/\s+/g, ' ').trim())
        .filter((cell) => cell !== ''),
    );
}

/** The share of what is expected that is found; what is expected twice has to be found twice. */
function recall(expected: string[], found: string[]): number {
  const left = [...found];
  const hits = expected.filter((one) => {
    const at = left.indexOf(one);
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  });
  return hits.length / expected.length;
}

const pairsOf = (rows: string[][]) =>
  rows.flatMap((row) => row.slice(1).map((cell, i) => `${row[i]} → ${cell}`));

describe.runIf(existsSync(folder))('tables of real PDFs', () => {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const names = files.filter((name) => name.endsWith('.md') && files.includes(name.replace('.md', '.pdf')));
  const all = { expected: [] as string[][], found: [] as string[][] };

  test.each(names)('%s', async (name) => {
    const expected = rowsOf(readFileSync(join(folder, name), 'utf8'));
    const { markdown } = await readMade('a.pdf', readFileSync(join(folder, name.replace('.md', '.pdf'))));
    if (expected.length === 0) return expect(markdown).toContain('TechMart'.toUpperCase());
    const found = rowsOf(markdown);
    all.expected.push(...expected);
    all.found.push(...found);
    expect(recall(expected.flat(), found.flat())).toBeGreaterThanOrEqual(CELLS - 0.05);
  });

  test('have nearly all of their cells, beside the right ones', () => {
    const cells = recall(all.expected.flat(), all.found.flat());
    const neighbours = recall(pairsOf(all.expected), pairsOf(all.found));
    process.stdout.write(
      `tables: ${(cells * 100).toFixed(1)} % of the cells, ${(neighbours * 100).toFixed(1)} % of the neighbours\n`,
    );
    expect(cells).toBeGreaterThanOrEqual(CELLS);
    expect(neighbours).toBeGreaterThanOrEqual(NEIGHBOURS);
  });
});
