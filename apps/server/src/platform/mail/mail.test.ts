import { type AddressInfo, createServer, type Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import fc from 'fast-check';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createMail, isMailAddress, type MailOptions } from './index.ts';

type Received = { from: string; to: string[]; raw: string; user?: string };
const received: Received[] = [];
const warnings: unknown[] = [];
const log = { warn: (fields: object) => void warnings.push(fields) };
const closers: (() => void)[] = [];
afterEach(() => {
  received.length = warnings.length = 0;
});
afterAll(() => {
  for (const close of closers) close();
});

async function serve(options: SMTPServerOptions = {}): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    ...options,
    onData(stream, session, done) {
      readText(stream).then((raw) => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((one) => one.address),
          raw,
        });
        done();
      }, done);
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  closers.push(() => server.close(() => {}));
  return (server.server.address() as AddressInfo).port;
}

const open = (port: number, options: Partial<MailOptions> = {}) =>
  createMail({ smtpUrl: `smtp://127.0.0.1:${port}`, from: 'Insula <insula@example.com>', log, ...options });
const split = (raw: string) => {
  const [head = '', ...body] = raw.split('\r\n\r\n');
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return {
    names: lines.map((line) => line.split(':', 1)[0]?.toLowerCase()),
    head,
    body: body.join('\r\n\r\n'),
  };
};

describe('a message', () => {
  it('arrives with its subject and text, from the sender to one person', async () => {
    const mail = open(await serve());
    const text = 'Grüße\n.\n.. a line with a dot\nhttps://insula.example/invite?x=1';
    expect(await mail.send({ to: 'ann@example.com', subject: 'Ünvitation', text })).toEqual({
      delivered: true,
    });
    const [message] = received;
    expect(message).toMatchObject({ from: 'insula@example.com', to: ['ann@example.com'] });
    const { head, body } = split(message?.raw ?? '');
    expect(head).toContain('From: Insula <insula@example.com>');
    expect(head).toContain('To: ann@example.com');
    expect(head).toContain('Subject: =?UTF-8?');
    const decoded = /base64/.test(head) ? Buffer.from(body, 'base64').toString() : decodeQuoted(body);
    expect(decoded.replaceAll('\r\n', '\n').trimEnd()).toBe(text);
  });

  it('is not sent without a mail server, and the caller is told', async () => {
    const mail = createMail({ from: 'insula@example.com', log });
    expect(await mail.send({ to: 'ann@example.com', subject: 's', text: 't' })).toEqual({
      delivered: false,
      reason: 'not_configured',
    });
    await expect(mail.send({ to: 'nobody', subject: 's', text: 't' })).rejects.toMatchObject({ status: 400 });
  });

  it('takes no header and no recipient from its subject or text, whatever they hold', async () => {
    const mail = open(await serve());
    const nasty = fc.string({
      unit: fc.constantFrom(
        '\r',
        '\n',
        '\r\n',
        'Bcc: eve@example.com',
        '\u2028',
        '\0',
        ':',
        ' ',
        'ä',
        '\ud800',
        ',',
        '<',
        '=?UTF-8?B?',
      ),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (subject, text) => {
        received.length = 0;
        expect(await mail.send({ to: 'ann@example.com', subject, text })).toEqual({ delivered: true });
        expect(received[0]?.to).toEqual(['ann@example.com']);
        const known = ['from', 'to', 'subject', 'message-id', 'date', 'mime-version', 'content-type'];
        for (const name of split(received[0]?.raw ?? '').names) {
          expect([...known, 'content-transfer-encoding']).toContain(name);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    '',
    'ann',
    'ann@',
    '@example.com',
    'ann@example.com,eve@example.com',
    'ann@example.com;eve@example.com',
    'ann@example.com eve@example.com',
    'Ann <ann@example.com>',
    '<ann@example.com>',
    '"ann"@example.com',
    'ann@example.com\r\nBcc: eve@example.com',
    'ann@example.com\n',
    'ann@example.com>\r\nRCPT TO:<eve@example.com',
    'ann(comment)@example.com',
    'group:ann@example.com;',
    '@relay:ann@example.com',
    'ann@exa mple.com',
    'ann@-example.com',
    'ann@example..com',
    'ann@example.com.',
    'ann..x@example.com',
    'ann@[127.0.0.1]',
    'änn@example.com',
    'ann@еxample.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b.'.repeat(130)}com`,
  ])('is not sent to %j', async (to) => {
    const mail = open(1);
    await expect(mail.send({ to, subject: 's', text: 't' })).rejects.toMatchObject({
      code: 'mail_address_invalid',
    });
  });

  it('is sent to every ordinary address', () => {
    for (const to of ["o'neil+tag@mail.example.co.uk", 'a@b.c', 'ann@localhost', 'a_b-c=d@x-y.example']) {
      expect(isMailAddress(to)).toBe(true);
    }
  });

  it('that names a long address is judged in no time', () => {
    const started = performance.now();
    expect(isMailAddress(`${'a.'.repeat(100_000)}@${'a-'.repeat(100_000)}`)).toBe(false);
    expect(isMailAddress(`a@${'a-'.repeat(120)}`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(100);
  });
});

describe('a mail server', () => {
  it('that refuses, is gone or hangs gives a failed delivery within the time, and a line in the log', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket.on('error', () => {})));
    const dripping = createServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      socket.write('220 hello\r\n');
      // Each line begins the time between two lines anew, so that only the time of the whole ends it.
      const timer = setInterval(() => socket.write('250-still here\r\n'), 30);
      socket.on('close', () => clearInterval(timer));
    });
    for (const server of [silent, dripping]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closers.push(() => server.close());
    }
    const refusing = await serve({
      onRcptTo: (_address, _session, done) => done(new Error('no such person')),
    });
    const ports = [
      refusing,
      1,
      ...[silent, dripping].map((server) => (server.address() as AddressInfo).port),
    ];
    for (const port of ports) {
      const started = performance.now();
      const mail = open(port, { timeoutMs: 300 });
      expect(await mail.send({ to: 'ann@example.com', subject: 's', text: 't' })).toEqual({
        delivered: false,
        reason: 'failed',
      });
      expect(performance.now() - started).toBeLessThan(1500);
    }
    expect(warnings).toHaveLength(4);
    for (const socket of sockets) socket.destroy();
  });

  it('is given the password of the address', async () => {
    const users: unknown[] = [];
    const port = await serve({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => {
        users.push([username, password]);
        done(null, { user: username ?? '' });
      },
    });
    const mail = open(port, { smtpUrl: `smtp://ann:p%40ss@127.0.0.1:${port}` });
    expect(await mail.send({ to: 'ann@example.com', subject: 's', text: 't' })).toEqual({ delivered: true });
    expect(users).toEqual([['ann', 'p@ss']]);
  });

  it('elsewhere that offers no encryption gets no password', async () => {
    let asked = 0;
    const port = await serve({
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(null, { user: `${asked++}` }),
    });
    // Another address of this machine stands for a server elsewhere.
    const mail = open(port, { smtpUrl: `smtp://ann:secret@127.0.0.2:${port}`, timeoutMs: 2000 });
    const answer = await mail.send({ to: 'ann@example.com', subject: 's', text: 't' });
    expect(warnings).toMatchObject([{ err: { message: expect.stringContaining('STARTTLS') } }]);
    expect([answer.delivered, asked]).toEqual([false, 0]);
  });

  it.each(['', 'mail.example.com', 'http://mail.example.com', 'smtp://', 'smtp:mail'])(
    'cannot be set to %j',
    (smtpUrl) => expect(() => createMail({ smtpUrl, from: 'insula@example.com', log })).toThrow('SMTP_URL'),
  );

  it.each(['', 'Insula', 'a@b.c, d@e.f', 'X\r\nBcc: eve@example.com <a@b.c>', '<a@b.c> <d@e.f>'])(
    'is never told the sender %j',
    (from) => expect(() => createMail({ from, log })).toThrow('sender'),
  );
});

function decodeQuoted(text: string): string {
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
