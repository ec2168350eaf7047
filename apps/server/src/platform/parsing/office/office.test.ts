import { describe, expect, test } from 'vitest';
import { makeDocx, makeParagraph, makeXlsx, makeZip } from '../../../../test/make-documents.ts';
import { readMade } from '../../../../test/open-parsing.ts';

const style = (id: string) => `<w:pStyle w:val="${id}"/>`;
const STYLES = `<w:styles xmlns:w="w">
  <w:style w:styleId="T1"><w:name w:val="heading 1"/></w:style>
  <w:style w:styleId="Mine"><w:name w:val="House style"/><w:basedOn w:val="T2"/></w:style>
  <w:style w:styleId="T2"><w:name w:val="whatever"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
  <w:style w:styleId="Gone"><w:name w:val="Gone"/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>`;
const NUMBERING = `<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="0"><w:lvl><w:numFmt w:val="decimal"/></w:lvl><w:lvl><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
  <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`;
const entry = (text: string, depth: number) =>
  makeParagraph(text, `<w:numPr><w:ilvl w:val="${depth}"/><w:numId w:val="1"/></w:numPr>`);
const cell = (text: string, properties = '') =>
  `<w:tc><w:tcPr>${properties}</w:tcPr>${makeParagraph(text)}</w:tc>`;

describe('a Word file', () => {
  test('keeps headings by style and outline, lists with their numbers, and its properties', async () => {
    const body = [
      makeParagraph('Chapter', style('T1')),
      makeParagraph('Part', style('Mine')),
      ...[entry('first', 0), entry('inner', 1), entry('second', 0)],
    ];
    const core =
      '<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:title>A title</dc:title><dc:creator>Ada</dc:creator></cp:coreProperties>';
    const parts = { 'word/styles.xml': STYLES, 'word/numbering.xml': NUMBERING, 'docProps/core.xml': core };
    const read = await readMade('a.docx', makeDocx(body.join(''), parts));
    expect(read.markdown).toBe('# Chapter\n\n## Part\n\n1. first\n  - inner\n2. second');
    expect(read).toMatchObject({ format: 'docx', title: 'A title', metadata: { author: 'Ada' } });
  });

  test('keeps tables with cells that span columns and rows', async () => {
    const rows = [
      `<w:tr>${cell('Name', '<w:gridSpan w:val="2"/>')}${cell('Sum')}</w:tr>`,
      `<w:tr>${cell('a|b', '<w:vMerge w:val="restart"/>')}${cell('c')}${cell('1')}</w:tr>`,
      `<w:tr>${cell('', '<w:vMerge/>')}${cell('d')}${cell('2')}</w:tr>`,
    ];
    const read = await readMade('a.docx', makeDocx(`<w:tbl>${rows.join('')}</w:tbl>`));
    expect(read.markdown).toBe('| Name |  | Sum |\n| - | - | - |\n| a\\|b | c | 1 |\n|  | d | 2 |');
    expect(read.chunks[0]!.kind).toBe('table');
  });

  test('loses no words of tables inside tables, however deep', async () => {
    const open = '<w:tbl><w:tr><w:tc>';
    const close = '</w:tc></w:tr></w:tbl>';
    const body = `${makeParagraph('above')}${open.repeat(60)}${makeParagraph('below')}${close.repeat(60)}`;
    expect((await readMade('a.docx', makeDocx(body))).markdown).toContain('below');
  });

  test('leaves out what a reader does not see, and tells of it', async () => {
    const body = [
      makeParagraph('Seen.'),
      makeParagraph('vanished words', '', '<w:vanish/>'),
      makeParagraph('white words', '', '<w:color w:val="FFFFFF"/>'),
      makeParagraph('tiny words', '', '<w:sz w:val="2"/>'),
      makeParagraph('styled words', '', '<w:rStyle w:val="Gone"/>'),
      makeParagraph('white on dark', '<w:shd w:fill="1F3864"/>', '<w:color w:val="FFFFFF"/>'),
    ];
    const read = await readMade('a.docx', makeDocx(body.join(''), { 'word/styles.xml': STYLES }));
    expect(read.markdown).toBe('Seen.\n\nwhite on dark');
    expect(read.hidden.map(({ text, reason }) => [text, reason])).toEqual([
      ['vanished words', 'marked as hidden'],
      ['white words', 'white on white'],
      ['tiny words', 'too small to read'],
      ['styled words', 'marked as hidden'],
    ]);
    expect(read.warnings).toContainEqual(expect.objectContaining({ code: 'hidden_text' }));
  });

  test('leaves out what was deleted, keeps what was inserted, comments, notes, links and formulas', async () => {
    const body = `<w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins>
      <w:r><w:footnoteReference w:id="2"/></w:r><w:hyperlink r:id="r1"><w:r><w:t> site</w:t></w:r></w:hyperlink>
      <w:hyperlink r:id="r2"><w:r><w:t> trap</w:t></w:r></w:hyperlink>
      <m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath></w:p>`;
    const read = await readMade(
      'a.docx',
      makeDocx(body, {
        'word/footnotes.xml':
          '<w:footnotes xmlns:w="w"><w:footnote w:id="2"><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>',
        'word/comments.xml':
          '<w:comments xmlns:w="w"><w:comment w:author="Bo"><w:p><w:r><w:t>Really?</w:t></w:r></w:p></w:comment></w:comments>',
        'word/_rels/document.xml.rels': `<Relationships><Relationship Id="r1" Type="x/hyperlink" Target="https://a.example/b" TargetMode="External"/>
          <Relationship Id="r2" Type="x/hyperlink" Target="javascript:alert(1)" TargetMode="External"/></Relationships>`,
      }),
    );
    expect(read.markdown).toBe(
      'new[^2][site](https://a.example/b)trap $(a)/(b)$\n\n[^2]: A note.\n\n> Comment by Bo: Really?',
    );
  });

  test('knows its pages where it was laid out in pages', async () => {
    const turn = '<w:p><w:r><w:lastRenderedPageBreak/><w:t>Next page.</w:t></w:r></w:p>';
    const read = await readMade(
      'a.docx',
      makeDocx(`${makeParagraph('One.')}${turn}${makeParagraph('Three.')}`),
    );
    expect(read.pages).toBe(2);
    expect(read.chunks[0]).toMatchObject({ page_start: 1, page_end: 2 });
  });
});

describe('a presentation', () => {
  const shape = (text: string, place: string, properties = '') =>
    `<p:sp><p:nvSpPr><p:nvPr>${place}</p:nvPr></p:nvSpPr><p:spPr>${properties}</p:spPr><p:txBody>${text
      .split('|')
      .map((line) => `<a:p><a:r><a:t>${line}</a:t></a:r></a:p>`)
      .join('')}</p:txBody></p:sp>`;
  const slides = (list: string[]) =>
    makeZip({
      'ppt/presentation.xml': `<p:presentation><p:sldSz cx="1000" cy="1000"/>${list.map((_, i) => `<p:sldId id="${i}" r:id="s${i}"/>`).join('')}</p:presentation>`,
      'ppt/_rels/presentation.xml.rels': `<R>${list.map((_, i) => `<Relationship Id="s${i}" Type="x/slide" Target="slides/${i}.xml"/>`).join('')}</R>`,
      ...Object.fromEntries(
        list.map((slide, i) => [
          `ppt/slides/${i}.xml`,
          `<p:sld${slide.startsWith('!') ? ' show="0"' : ''}>${slide.replace('!', '')}</p:sld>`,
        ]),
      ),
    });

  test('has a section for each slide: title, list, and page', async () => {
    const first = shape('Plans', '<p:ph type="title"/>') + shape('one|two', '<p:ph idx="1"/>');
    const read = await readMade('a.pptx', slides([first, shape('Loose text', '')]));
    expect(read.markdown).toBe('## Plans\n\n- one\n- two\n\nLoose text');
    expect(read).toMatchObject({ pages: 2, format: 'pptx' });
    expect(read.chunks.at(-1)!.page_end).toBe(2);
  });

  test('leaves out hidden slides and what lies beside a slide', async () => {
    const beside = shape('whisper', '', '<a:xfrm><a:off x="2000" y="0"/><a:ext cx="10" cy="10"/></a:xfrm>');
    const read = await readMade('a.pptx', slides([shape('Seen', '') + beside, `!${shape('unseen', '')}`]));
    expect(read.markdown).toBe('Seen');
    expect(read.hidden).toEqual([
      { text: 'whisper', reason: 'outside the slide', page: 1 },
      { text: 'unseen', reason: 'a hidden slide', page: 2 },
    ]);
  });
});

describe('a spreadsheet', () => {
  const row = (cells: string, more = '') => `<row ${more}>${cells}</row>`;
  const number = (value: number, style = 0) => `<c s="${style}"><v>${value}</v></c>`;
  const text = (words: string) => `<c t="inlineStr"><is><t>${words}</t></is></c>`;

  test('shows dates, shares and numbers as a reader sees them', async () => {
    const styles =
      '<styleSheet><numFmts><numFmt numFmtId="200" formatCode="dd/mm/yyyy hh:mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/><xf numFmtId="200"/></cellXfs></styleSheet>';
    const rows =
      row(text('day') + text('share') + text('sum') + text('time')) +
      row(number(45_000, 1) + number(0.125, 2) + number(0.1 + 0.2) + number(45_000.5, 3));
    const read = await readMade(
      'a.xlsx',
      makeXlsx({ Q1: `<sheetData>${rows}</sheetData>` }, { 'xl/styles.xml': styles }),
    );
    expect(read.markdown).toBe(
      '## Q1\n\n| day | share | sum | time |\n| - | - | - | - |\n| 2023-03-15 | 12.5% | 0.3 | 2023-03-15 12:00:00 |',
    );
  });

  test('parts tables at empty rows, and takes a lone cell above one for its caption', async () => {
    const rows = [
      row(text('Prices'), 'r="1"'),
      row(text('a') + text('b'), 'r="2"'),
      row(text('1') + text('2'), 'r="3"'),
      row(text('c') + text('d'), 'r="9"'),
    ];
    const read = await readMade('a.xlsx', makeXlsx({ S: `<sheetData>${rows.join('')}</sheetData>` }));
    expect(read.markdown).toBe('## S\n\nPrices\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n| c | d |\n| - | - |');
  });

  test('leaves out hidden sheets, rows and columns', async () => {
    const rows =
      row(text('a') + text('b')) + row(text('secret') + text('x'), 'hidden="1"') + row(text('c') + text('d'));
    const sheet = `<cols><col min="2" max="2" hidden="1"/></cols><sheetData>${rows}</sheetData>`;
    const book =
      '<workbook xmlns:r="r"><sheets><sheet name="A" r:id="rId1"/><sheet name="B" state="veryHidden" r:id="rId2"/></sheets></workbook>';
    const read = await readMade(
      'a.xlsx',
      makeXlsx({ A: sheet, B: `<sheetData>${row(text('deep'))}</sheetData>` }, { 'xl/workbook.xml': book }),
    );
    expect(read.markdown).toBe('## A\n\na\n\nc');
    expect(read.hidden.map(({ reason }) => reason).sort()).toEqual(
      ['a hidden column', 'a hidden column', 'a hidden row', 'a hidden sheet', 'a hidden column'].sort(),
    );
  });
});
