// Mails as they travel. Line ends inside decoded headers are spaces: a header cannot make another one.
import PostalMime, { type Address } from 'postal-mime';
import type { Draft, Notes, Source } from '../document.ts';
import { limits } from '../limits.ts';
import { tooLarge, unreadable } from '../refusal.ts';
import { cleanLine } from '../text/clean-text.ts';
import { writeHtmlText } from '../web/read-html.ts';
import { type ReadInside, writeMail } from './write-mail.ts';

/** Reads a mail and its attachments. */
export async function readEml(source: Source, notes: Notes, readInside: ReadInside): Promise<Draft> {
  if (source.bytes.length > limits.textBytes * 2) throw tooLarge('a mail may have 24 MB.');
  const mail = await PostalMime.parse(source.bytes, {
    maxNestingDepth: 20,
    maxHeadersSize: 1_000_000,
    attachmentEncoding: 'arraybuffer',
  }).catch(() => {
    throw unreadable('its parts are nested too deeply or broken.');
  });
  const body = mail.text?.trim() ? mail.text.trim() : mail.html ? writeHtmlText(mail.html, notes) : '';
  const subject = cleanLine(mail.subject ?? '') || undefined;
  const date = mail.date;
  const from = showAddresses(mail.from ? [mail.from] : []);
  const attachments = (mail.attachments ?? [])
    .filter(({ related, mimeType }) => !(related && mimeType.startsWith('image/')))
    .map(({ filename, mimeType, content }) => ({
      name: filename ?? mimeType.replace('/', '.'),
      bytes: typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content as ArrayBuffer),
    }));
  const to = showAddresses(mail.to ?? []);
  const sections = await writeMail(
    { subject, from, to, cc: showAddresses(mail.cc ?? []), date, body, attachments },
    notes,
    readInside,
  );
  return { title: subject, metadata: { author: from, to, date }, sections };
}

function showAddresses(list: Address[]): string | undefined {
  const shown = list.slice(0, 50).map((one) => {
    const name = cleanLine(one.name ?? '');
    const address = cleanLine(one.address ?? '');
    return name && address ? `${name} (${address})` : name || address;
  });
  return shown.filter((one) => one !== '').join(', ') || undefined;
}
