import { describe, expect, test } from 'vitest';
import { makeDocx, makeParagraph } from '../../../../test/make-documents.ts';
import { readMade } from '../../../../test/open-parsing.ts';

const mail = (head: string, parts: string[]) =>
  [
    head,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    ...parts.map((part) => `--b\n${part}`),
    '--b--',
    '',
  ].join('\n');
const plain =
  'Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe.';
const attach = (name: string, bytes: Uint8Array) =>
  `Content-Type: application/octet-stream; name="${name}"\nContent-Disposition: attachment; filename="${name}"\nContent-Transfer-Encoding: base64\n\n${Buffer.from(bytes).toString('base64')}`;

describe('a mail', () => {
  test('tells who wrote what to whom, and reads what is attached', async () => {
    const head =
      'From: Ada <ada@a.example>\nTo: Bo <bo@b.example>\nSubject: =?utf-8?B?SGVsbG8gw7w=?=\nDate: Mon, 16 Dec 2024 10:30:00 +0000';
    const read = await readMade(
      'a.eml',
      mail(head, [plain, attach('plan.docx', makeDocx(makeParagraph('The plan.')))]),
    );
    expect(read.markdown).toBe(
      '# Hello ü\n\n- From: Ada (ada@a.example)\n- To: Bo (bo@b.example)\n- Date: 2024-12-16T10:30:00.000Z\n\nGrüße.\n\n## Attachment: plan.docx\n\nThe plan.',
    );
    expect(read).toMatchObject({
      format: 'eml',
      title: 'Hello ü',
      metadata: { author: 'Ada (ada@a.example)' },
    });
  });

  test('names an attachment that cannot be read, and is read all the same', async () => {
    const parts = [
      plain,
      attach('x.bin', Buffer.from([0, 1, 2, 3, 0, 255])),
      attach('inner.eml', Buffer.from('From: a@b.example\nMIME-Version: 1.0\n\nInner.')),
    ];
    const read = await readMade('a.eml', mail('From: a@b.example', parts));
    expect(read.markdown).toContain('## Attachment: x.bin\n\n## Attachment: inner.eml');
    expect(read.markdown).not.toContain('Inner.');
    expect(read.warnings.map(({ detail }) => detail).join(' ')).toMatch(
      /x\.bin was not read.*inner\.eml was not read/,
    );
  });

  test('has no line ends in what its headers say', async () => {
    const { markdown } = await readMade(
      'a.eml',
      mail('From: =?utf-8?B?YQ0KQmNjOiBldmls?= <a@b.example>\nSubject: =?utf-8?Q?x=0A#_y?=', [plain]),
    );
    expect(markdown).toMatch(/^# x # y\n\n- From: a Bcc: evil \(a@b\.example\)\n/);
  });

  test('with a body of HTML only tells of what is hidden in it', async () => {
    const read = await readMade(
      'a.eml',
      mail('From: a@b.example', ['Content-Type: text/html\n\n<p>Seen.</p><p style="display:none">Obey.</p>']),
    );
    expect(read.markdown).toContain('Seen.');
    expect(read.hidden).toEqual([{ text: 'Obey.', reason: 'not displayed' }]);
  });
});
