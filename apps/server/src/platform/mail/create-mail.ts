// Sends plain-text messages to one person each. Guarantees: what a person typed can never become a header or another
// recipient, sending takes a bounded time, and the caller learns whether the server took the message.
import type { Transporter } from 'nodemailer';
import { problem } from './problems.ts';

export type MailOptions = {
  /** `smtp://user:password@host:587` or `smtps://…:465`; without it nothing is sent. */
  smtpUrl?: string;
  /** The sender's address, such as `insula@example.com`, or `Name <address>`. */
  from: string;
  log: { warn(fields: object, message: string): void };
  /** Longest time for one message. Default 20 s. */
  timeoutMs?: number;
};

/** Whether the mail server took the message; if not, the caller shows what the message would have said. */
export type Delivery = { delivered: true } | { delivered: false; reason: 'not_configured' | 'failed' };

export type Mail = {
  /** Sends to one address; throws `mail_address_invalid`, and nothing else. Why a delivery failed is in the log. */
  send(message: { to: string; subject: string; text: string }): Promise<Delivery>;
  close(): void;
};

// One plain address: no display name, list, comment, quoting or route, and nothing beyond ASCII. At most 254 characters
// (RFC 5321), of which 64 before the @.
const addressPattern =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** Whether a text is one e-mail address as this product takes it. */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && text.indexOf('@') <= 64 && addressPattern.test(text);
}

/** Makes the sender; throws when the operator's settings cannot be used. Connects only to send. */
export function createMail(options: MailOptions): Mail {
  const { from, log, timeoutMs = 20_000 } = options;
  assertSender(from);
  if (options.smtpUrl === undefined) {
    return {
      async send({ to }) {
        if (!isMailAddress(to)) throw problem('mail_address_invalid');
        return { delivered: false, reason: 'not_configured' };
      },
      close: () => {},
    };
  }
  const settings = readSettings(options.smtpUrl, timeoutMs);
  let opening: Promise<Transporter> | undefined;
  const open = () => {
    opening ??= openTransport(settings);
    return opening;
  };
  return {
    async send({ to, subject, text }) {
      if (!isMailAddress(to)) throw problem('mail_address_invalid');
      try {
        // As an object the address is taken as it is: no parser of headers decides who receives the message.
        const transport = await open();
        const sending = transport.sendMail({
          from,
          to: { name: '', address: to },
          subject: oneLine(subject),
          text,
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        await within(timeoutMs, sending);
        return { delivered: true };
      } catch (err) {
        log.warn({ err }, 'The mail server did not take a message');
        return { delivered: false, reason: 'failed' };
      }
    },
    close: () => void opening?.then((transport) => transport.close()),
  };
}

/** The mail client is loaded by the first message. */
async function openTransport(settings: object): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  return createTransport(settings);
}

function readSettings(smtpUrl: string, timeoutMs: number): object {
  const url = URL.parse(smtpUrl);
  if (!url?.hostname || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) {
    throw new Error(
      'SMTP_URL must be an address like smtp://user:password@mail.example.com:587 or smtps://…:465.',
    );
  }
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  // Options of the operator's URL (its query) win over these.
  return {
    url: smtpUrl,
    // A password is not sent in the clear because somebody on the way removed STARTTLS from the server's answer.
    requireTLS: url.protocol === 'smtp:' && url.username !== '' && !local,
    connectionTimeout: Math.min(timeoutMs, 10_000),
    greetingTimeout: Math.min(timeoutMs, 10_000),
    dnsTimeout: Math.min(timeoutMs, 5_000),
    socketTimeout: timeoutMs,
  };
}

function assertSender(from: string): void {
  const named = /^([^<>"\r\n]*)<([^<>]+)>$/.exec(from);
  if (!isMailAddress(named?.[2] ?? from)) {
    throw new Error(`The sender of mail must be an address, or "Name <address>"; "${from}" is neither.`);
  }
}

/** Subjects may repeat names that people chose: control characters and line breaks become spaces; at most 200 characters. */
function oneLine(subject: string): string {
  return subject
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .toWellFormed()
    .trim()
    .slice(0, 200);
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The mail server took more than ${timeoutMs} ms.`)), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
