// A mail as Markdown: subject, people, date, text, and the attachments that can be read.
import type { Notes, Section, Source } from '../document.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { joinBlocks, oneLine, writeHeading } from '../text/markdown.ts';

export type Mail = {
  subject: string | undefined;
  from: string | undefined;
  to: string | undefined;
  cc?: string | undefined;
  date: string | undefined;
  /** Markdown. */
  body: string;
  attachments: { name: string; bytes: Uint8Array }[];
};

/** Reads a file inside another; the reader of mails inside mails is not offered. */
export type ReadInside = (source: Source, notes: Notes) => Promise<Section[]>;

/** Writes a mail and what is attached to it, one level deep. */
export async function writeMail(mail: Mail, notes: Notes, readInside: ReadInside): Promise<Section[]> {
  const lines = [
    ['From', mail.from],
    ['To', mail.to],
    ['Cc', mail.cc],
    ['Date', mail.date],
  ] as const;
  const head = lines.filter(([, value]) => value).map(([name, value]) => `- ${name}: ${oneLine(value!)}`);
  const markdown = joinBlocks([writeHeading(1, mail.subject ?? ''), head.join('\n'), mail.body]);
  const sections: Section[] = [{ markdown, page: null }];
  for (const attachment of mail.attachments.slice(0, limits.attachments))
    sections.push(...(await readAttachment(attachment, notes, readInside)));
  const left = mail.attachments.length - limits.attachments;
  if (left > 0) notes.warn('attachments_left_out', `${left} more attachments were not read.`);
  return sections;
}

async function readAttachment(
  file: Mail['attachments'][number],
  notes: Notes,
  readInside: ReadInside,
): Promise<Section[]> {
  const name = oneLine(file.name).slice(0, 200) || 'without a name';
  const heading = { markdown: writeHeading(2, `Attachment: ${name}`), page: null };
  try {
    const sections = await readInside({ bytes: file.bytes, name }, notes);
    // Inside a mail an attachment has no pages of the mail, and its headings stand below its own.
    return [
      heading,
      ...sections.map(({ markdown, continues }) => ({
        markdown: lower(markdown),
        page: null,
        ...(continues ? { continues } : {}),
      })),
    ];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    notes.warn(
      `attachment_not_read:${name}`,
      `The attachment ${name} was not read (${error.code}). Upload it by itself to see why.`,
    );
    return [heading];
  }
}

/** Moves the headings outside of code two levels down. */
function lower(markdown: string): string {
  let fenced = false;
  return markdown
    .split('\n')
    .map((line) => {
      if (/^ {0,3}(```|~~~)/.test(line)) fenced = !fenced;
      return fenced
        ? line
        : line.replace(/^(#{1,6}) /, (_, marks: string) => `${'#'.repeat(Math.min(6, marks.length + 2))} `);
    })
    .join('\n');
}
