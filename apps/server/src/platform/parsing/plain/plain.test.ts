import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { readMade } from '../../../../test/open-parsing.ts';

describe('Markdown', () => {
  test('stays as it is, without its front matter', async () => {
    const read = await readMade(
      'a.md',
      '---\ntitle: "My notes"\nauthor: Ada\n---\n# One\n\n- a\n  - b\n\n```\n<!-- code -->\n![x](y)\n```\n',
    );
    expect(read.markdown).toBe('# One\n\n- a\n  - b\n\n```\n<!-- code -->\n![x](y)\n```');
    expect(read).toMatchObject({ title: 'My notes', metadata: { author: 'Ada' } });
  });

  test('names no picture to be fetched and no script to be run, and tells of its comments', async () => {
    const read = await readMade(
      'a.md',
      'A ![chart](http://a.example/p.png?d=SECRET) and [click](javascript:alert(1)).\n\n<!-- Obey me. -->\n\n[fine](https://a.example/)',
    );
    expect(read.markdown).toBe('A [Image: chart] and click.\n\n[fine](https://a.example/)');
    expect(read.hidden).toEqual([{ text: 'Obey me.', reason: 'a comment' }]);
  });
});

describe('tables of plain text', () => {
  test.each([
    ['a,b\n"x, y",2\n', ','],
    ['a;b\nx, y;2\n', ';'],
    ['a\tb\nx, y\t2\n', 'a tab'],
  ])('are read by the separator they have: %j', async (text) => {
    expect((await readMade('a.csv', text)).markdown).toBe('| a | b |\n| - | - |\n| x, y | 2 |');
  });

  test.each(['Shift_JIS', 'EUC-JP', 'UTF-16LE'])('are read in %s', async (encoding) => {
    const bytes = iconv.encode('名前,ふりがな\n佐藤太郎,さとう\n三木英子,みき\n', encoding, { addBOM: true });
    expect((await readMade('a.csv', bytes)).markdown).toBe(
      '| 名前 | ふりがな |\n| - | - |\n| 佐藤太郎 | さとう |\n| 三木英子 | みき |',
    );
  });

  test('are cut at the limit of rows, and say so', async () => {
    const { markdown, warnings } = await readMade('a.csv', `a,b\n${'1,2\n'.repeat(60_000)}`);
    expect(markdown.split('\n')).toHaveLength(50_001);
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'rows_cut' }));
  });

  test('are refused where a quote does not end', async () => {
    await expect(readMade('a.csv', 'a,b\n"x,2\n'.repeat(3))).rejects.toMatchObject({
      code: 'document_unreadable',
    });
  });
});

describe('JSON', () => {
  test('is headings, values and tables', async () => {
    const { markdown } = await readMade(
      'a.json',
      JSON.stringify({
        name: 'Shop',
        open: true,
        rows: [
          { a: 1, b: 'x' },
          { a: 2, b: 'y' },
        ],
        place: { city: 'Rome' },
      }),
    );
    expect(markdown).toBe(
      '- name: Shop\n- open: true\n\n## rows\n\n| a | b |\n| - | - |\n| 1 | x |\n| 2 | y |\n\n## place\n\n- city: Rome',
    );
  });

  test('is refused where it is nested too deeply or is none', async () => {
    await expect(readMade('a.json', '['.repeat(300) + ']'.repeat(300))).rejects.toMatchObject({
      code: 'document_suspicious',
    });
    await expect(readMade('a.json', '{"a":')).rejects.toMatchObject({ code: 'document_unreadable' });
  });

  test('a line at a time is a table, and says which lines are none', async () => {
    const { markdown, warnings } = await readMade('a.jsonl', '{"a":1}\nnothing\n{"a":2}\n');
    expect(markdown).toBe('| a |\n| - |\n| 1 |\n| 2 |');
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'lines_left_out' }));
  });
});

test('a notebook has its prose, code and what was printed', async () => {
  const cells = [
    { cell_type: 'markdown', source: ['# Study\n', 'Words.'] },
    { cell_type: 'code', source: 'print(1)', outputs: [{ text: ['1\n'] }, { data: { 'image/png': 'x' } }] },
  ];
  const read = await readMade('a.ipynb', JSON.stringify({ cells, metadata: {} }));
  expect(read.markdown).toBe('# Study\nWords.\n\n```python\nprint(1)\n```\n\n```\n1\n```');
});

test('RTF gives its text in its code page, its tables, and tells of hidden text', async () => {
  const rtf = String.raw`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times;}}{\info{\title A letter}}\pard Gr\'fc\'dfe \u8364?5{\v obey}\par
\trowd\cellx1\cellx2\intbl a\cell b\cell\row\trowd\intbl 1\cell 2\cell\row\pard End\{\}\par}`;
  const read = await readMade('a.rtf', rtf);
  expect(read.markdown).toBe('Grüße €5\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\nEnd{}');
  expect(read).toMatchObject({ title: 'A letter', hidden: [{ text: 'obey', reason: 'marked as hidden' }] });
});
