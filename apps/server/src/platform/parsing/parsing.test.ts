import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDocx, makeParagraph, makePdf, makeZip } from '../../../test/make-documents.ts';
import { createParsing, type Parsing } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'insula-parsing-'));
const documents = resolve(import.meta.dirname, '../../../../../../shared/data/documents');
let parsing: Parsing;
beforeAll(() => {
  parsing = createParsing({ threads: 1 });
});
afterAll(async () => {
  await parsing.stop();
  rmSync(folder, { recursive: true, force: true });
});

const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = (name: string, text: string) => parsing.read({ bytes: bytesOf(text) }, { name });
/** Forms that draw each other twice, thirty deep: a thousand million drawings. */
const endless = () => {
  const ladder = Array.from({ length: 30 }, (_, i) => {
    const draw = i === 29 ? 'q Q' : '/I Do /I Do';
    const resources = `/Resources << /XObject << /I ${i + 8} 0 R >> >>`;
    return `<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] ${resources} /Length ${draw.length} >>\nstream\n${draw}\nendstream`;
  });
  return makePdf(['/I Do'], { objects: ladder, resources: '/XObject << /I 7 0 R >>' });
};

describe('reading documents', () => {
  test('gives pieces that stand at their offsets, from bytes and from a path', async () => {
    const path = join(folder, 'a.md');
    writeFileSync(path, '# One\n\nText of one.\n');
    const document = await parsing.read({ path }, { name: 'a.md' });
    expect(document).toEqual(await read('a.md', '# One\n\nText of one.\n'));
    expect(document).toMatchObject({ format: 'markdown', title: 'One', markdown: '# One\n\nText of one.' });
    for (const { text, start_offset, end_offset } of document.chunks)
      expect(document.markdown.slice(start_offset, end_offset)).toBe(text);
  });

  test('repeats the header of a long table also on this side of the thread', async () => {
    const { chunks } = await read(
      'a.csv',
      `name,sum\n${Array.from({ length: 200 }, (_, i) => `row ${i},${i}`).join('\n')}`,
    );
    expect(chunks.length).toBeGreaterThan(3);
    for (const { text } of chunks) expect(text.startsWith('| name | sum |\n| - | - |\n')).toBe(true);
  });

  test('decides by the content and warns where the name says something else', async () => {
    const { format, warnings } = await read('a.pdf', '<html><body><h1>Not a PDF</h1></body></html>');
    expect(format).toBe('html');
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'name_misleads' }));
  });

  test.each([
    ['empty.pdf', '', 'document_empty'],
    ['signs.txt', '. . . !', 'document_empty'],
    [
      'old.xls',
      Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.from('Workbook', 'utf16le')]),
      'document_type_unsupported',
    ],
    [
      'locked.docx',
      Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.from('EncryptedPackage', 'utf16le')]),
      'document_encrypted',
    ],
    ['photo.png', Buffer.from('89504e470d0a1a0a', 'hex'), 'document_type_unsupported'],
    ['a.zip', makeZip({ 'a.txt': 'words' }), 'document_type_unsupported'],
    [
      'noise.docx',
      Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 151) % 256)),
      'document_unreadable',
    ],
    ['half.docx', makeDocx(makeParagraph('Words')).subarray(0, 200), 'document_unreadable'],
    ['bomb.docx', makeZip({ 'word/document.xml': Buffer.alloc(80_000_000) }), 'document_suspicious'],
  ])('refuses %s in words that say what to do', async (name, content, code) => {
    const bytes = typeof content === 'string' ? bytesOf(content) : new Uint8Array(content);
    const refusal = await parsing.read({ bytes }, { name }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code, status: 422 });
    expect((refusal as Error).message).toMatch(
      new RegExp(`${name.replace('.', '\\.')}.*(Save|save|upload|Upload|Check)`, 's'),
    );
    expect((refusal as Error).message).not.toMatch(/[{}]/);
  });

  test('ends a file that takes too long, and reads the next one', async () => {
    const late = parsing.read({ bytes: endless() }, { name: 'endless.pdf' });
    const next = read('a.txt', 'The next file.');
    const begun = performance.now();
    await expect(late).rejects.toMatchObject({ code: 'document_time_limit' });
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect((await next).markdown).toBe('The next file.');
  });

  test('ends a file that needs too much memory, and reads the next one', async () => {
    const large = read('large.jsonl', `${'['.repeat(150)}1${']'.repeat(150)}\n`.repeat(39_000));
    await expect(large).rejects.toMatchObject({ code: 'document_memory_limit' });
    expect((await read('a.txt', 'The next file.')).markdown).toBe('The next file.');
  });

  test('lets go of a file whose caller has left, begun or not', async () => {
    const begun = new AbortController();
    const waits = new AbortController();
    const first = parsing.read({ bytes: endless() }, { name: 'endless.pdf' }, { signal: begun.signal });
    const second = parsing.read({ bytes: bytesOf('x') }, { name: 'x.txt' }, { signal: waits.signal });
    waits.abort(new Error('left early'));
    await expect(second).rejects.toThrow('left early');
    setTimeout(() => begun.abort(new Error('left')), 300);
    await expect(first).rejects.toThrow('left');
    expect((await read('a.txt', 'Still reading.')).markdown).toBe('Still reading.');
  });

  test('lets threads go that have nothing to do, and fails what is not read yet when it stops', async () => {
    const own = createParsing({ threads: 1, idleMs: 20 });
    await own.read({ bytes: bytesOf('one') }, { name: 'a.txt' });
    await new Promise((done) => setTimeout(done, 200));
    expect((await own.read({ bytes: bytesOf('two') }, { name: 'a.txt' })).markdown).toBe('two');
    const unread = own.read({ bytes: endless() }, { name: 'endless.pdf' });
    const told = expect(unread).rejects.toMatchObject({ code: 'parsing_stopped' });
    await own.stop();
    await told;
    await expect(own.read({ bytes: bytesOf('x') }, { name: 'x.txt' })).rejects.toMatchObject({
      code: 'parsing_stopped',
    });
  });

  test('keeps the main thread free while a large file is read', async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await read('large.txt', 'Some words of a sentence. '.repeat(100_000));
    clearInterval(timer);
    expect(longest).toBeLessThan(500);
  });
});

describe.runIf(existsSync(documents))('every collected document', () => {
  const files = existsSync(documents)
    ? readdirSync(documents, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    : [];
  test.each(files.map((entry) => [entry.name, join(entry.parentPath, entry.name)]))(
    '%s is read or refused',
    async (name, path) => {
      const outcome = await parsing.read({ path }, { name }).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ status: 422 });
      else expect(outcome).toMatchObject({ markdown: expect.stringMatching(/\p{L}/u) });
    },
  );
});
