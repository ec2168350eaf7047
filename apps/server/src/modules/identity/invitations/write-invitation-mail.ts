// The words of the mail that brings an invitation. Names that people chose stay on one line.
import type { InvitationRow } from './store.ts';

/** The message to the person invited. */
export function writeInvitationMail(about: {
  row: InvitationRow;
  organizationName: string;
  inviter: string;
  url: string;
}): { to: string; subject: string; text: string } {
  const { row, url } = about;
  const organization = oneLine(about.organizationName);
  const until = row.expires_at.toISOString().slice(0, 16).replace('T', ' ');
  const text = [
    `${oneLine(about.inviter)} invites you to join ${organization} (role: ${row.role}).`,
    `Open this link to accept:\n\n${url}`,
    `The link works once, until ${until} UTC. If you did not expect it, ignore this message: nothing happens then.`,
  ];
  return { to: row.email, subject: `Invitation to ${organization}`, text: `${text.join('\n\n')}\n` };
}

const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
