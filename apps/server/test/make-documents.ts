// Small documents made for tests and proofs: each has just the parts that a reader needs.
import { zipSync } from 'fflate';

const encoder = new TextEncoder();

/** A ZIP archive of parts given as text or bytes; `level` 0 stores them. */
export function makeZip(parts: Record<string, string | Uint8Array>, level: 0 | 9 = 9): Uint8Array {
  const files = Object.entries(parts).map(([name, part]) => [
    name,
    typeof part === 'string' ? encoder.encode(part) : part,
  ]);
  return zipSync(Object.fromEntries(files), { level });
}

const WORD =
  'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"';

/** A Word file with this inside its body, and other parts if need be. */
export function makeDocx(body: string, parts: Record<string, string> = {}): Uint8Array {
  return makeZip({
    '[Content_Types].xml': '<Types/>',
    'word/document.xml': `<?xml version="1.0"?><w:document ${WORD}><w:body>${body}</w:body></w:document>`,
    ...parts,
  });
}

/** A paragraph of a Word file; `properties` stand in its `w:pPr`, `run` in the `w:rPr` of its only run. */
export function makeParagraph(text: string, properties = '', run = ''): string {
  return `<w:p><w:pPr>${properties}</w:pPr><w:r><w:rPr>${run}</w:rPr><w:t>${text}</w:t></w:r></w:p>`;
}

/** A spreadsheet with sheets given by name as the XML inside `worksheet`. */
export function makeXlsx(sheets: Record<string, string>, parts: Record<string, string> = {}): Uint8Array {
  const names = Object.keys(sheets);
  const list = names.map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`);
  const ties = names.map(
    (_, i) => `<Relationship Id="rId${i + 1}" Type="x/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`,
  );
  return makeZip({
    '[Content_Types].xml': '<Types/>',
    'xl/workbook.xml': `<workbook xmlns:r="r"><sheets>${list.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${ties.join('')}</Relationships>`,
    ...Object.fromEntries(
      names.map((name, i) => [`xl/worksheets/sheet${i + 1}.xml`, `<worksheet>${sheets[name]}</worksheet>`]),
    ),
    ...parts,
  });
}

/** A PDF whose pages have these content streams, with Helvetica as /F1, its bold as /F2 and Courier as /F3. */
export function makePdf(
  contents: readonly string[],
  extra: { objects?: string[]; resources?: string; info?: string } = {},
): Uint8Array {
  const objects: string[] = ['<< /Type /Catalog /Pages 2 0 R >>'];
  const first = 7 + (extra.objects?.length ?? 0);
  const kids = contents.map((_, i) => `${first + i * 2} 0 R`).join(' ');
  objects.push(`<< /Type /Pages /Count ${contents.length} /Kids [${kids}] >>`);
  for (const name of ['Helvetica', 'Helvetica-Bold', 'Courier'])
    objects.push(`<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`);
  objects.push(`<< ${extra.info ?? ''} >>`, ...(extra.objects ?? []));
  for (const [i, content] of contents.entries()) {
    const fonts = '/Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >>';
    const page = `/Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${first + i * 2 + 1} 0 R`;
    objects.push(`<< ${page} /Resources << ${fonts} ${extra.resources ?? ''} >> >>`);
    objects.push(`<< /Length ${Buffer.byteLength(content, 'latin1')} >>\nstream\n${content}\nendstream`);
  }
  return assemble(objects);
}

function assemble(objects: string[]): Uint8Array {
  let text = '%PDF-1.7\n';
  const offsets = objects.map((object, i) => {
    const at = Buffer.byteLength(text, 'latin1');
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const trailer = `<< /Size ${objects.length + 1} /Root 1 0 R /Info 6 0 R >>`;
  const start = Buffer.byteLength(text, 'latin1');
  return Buffer.from(
    `${text}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n${trailer}\nstartxref\n${start}\n%%EOF\n`,
    'latin1',
  );
}

export type PdfText = {
  text: string;
  x: number;
  y: number;
  size?: number;
  font?: 'F1' | 'F2' | 'F3';
  before?: string;
};

/** A content stream that writes texts at places, in points from the lower left corner. */
export function writePdfTexts(texts: readonly PdfText[]): string {
  return texts
    .map(({ text, x, y, size = 10, font = 'F1', before = '' }) => {
      const words = text.replace(/[\\()]/g, (sign) => `\\${sign}`);
      return `q ${before} BT /${font} ${size} Tf 1 0 0 1 ${x} ${y} Tm (${words}) Tj ET Q`;
    })
    .join('\n');
}
