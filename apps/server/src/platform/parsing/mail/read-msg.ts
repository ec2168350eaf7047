// Mails as Outlook saves them.
import msgReader from '@kenjiuno/msgreader';
import type { Draft, Notes, Source } from '../document.ts';
import { limits } from '../limits.ts';
import { tooLarge, unreadable } from '../refusal.ts';
import { cleanLine } from '../text/clean-text.ts';
import { writeHtmlText } from '../web/read-html.ts';
import { type Mail, type ReadInside, writeMail } from './write-mail.ts';

// The package is CommonJS: its class stands under `default` once more.
const MsgReader = msgReader.default;

/** Reads an Outlook message and its attachments. */
export async function readMsg(source: Source, notes: Notes, readInside: ReadInside): Promise<Draft> {
  if (source.bytes.length > limits.textBytes * 2) throw tooLarge('a mail may have 24 MB.');
  const mail = openMessage(source.bytes, notes);
  const sections = await writeMail(mail, notes, readInside);
  return { title: mail.subject, metadata: { author: mail.from, to: mail.to, date: mail.date }, sections };
}

function openMessage(bytes: Uint8Array, notes: Notes): Mail {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const reader = new MsgReader(buffer);
  const fields = tryTo(() => reader.getFileData());
  if (!fields || fields.error) throw unreadable('it is not an Outlook message, or damaged.');
  const clean = (text: string | undefined) => cleanLine(text ?? '') || undefined;
  const people = (kind: string) =>
    clean(
      (fields.recipients ?? [])
        .slice(0, 50)
        .filter(({ recipType }) => recipType === kind)
        .map(({ name, smtpAddress, email }) => name ?? smtpAddress ?? email)
        .join(', '),
    );
  const html = fields.bodyHtml ?? (fields.html ? new TextDecoder().decode(fields.html) : undefined);
  return {
    subject: clean(fields.subject),
    from: clean([fields.senderName, fields.senderSmtpAddress].filter(Boolean).join(' ')),
    to: people('to') ?? people('unknown'),
    cc: people('cc'),
    date: clean(fields.messageDeliveryTime ?? fields.clientSubmitTime ?? fields.creationTime),
    body: fields.body?.trim() || (html ? writeHtmlText(html, notes) : ''),
    attachments: (fields.attachments ?? [])
      .filter(({ attachmentHidden, innerMsgContent }) => !attachmentHidden && !innerMsgContent)
      .slice(0, limits.attachments)
      .flatMap((one) => {
        const file = tryTo(() => reader.getAttachment(one));
        return file ? [{ name: file.fileName ?? one.name ?? '', bytes: file.content }] : [];
      }),
  };
}

function tryTo<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
