// The few words of the PostgreSQL wire protocol (version 3.0) that the embedded database needs to read and write.
// Guarantees nothing by itself: lengths are checked by split-messages.ts before anything here reads a message.

export const QUERY = 0x51;
export const PARSE = 0x50;
export const BIND = 0x42;
export const DESCRIBE = 0x44;
const EXECUTE = 0x45;
export const CLOSE = 0x43;
export const SYNC = 0x53;
export const FLUSH = 0x48;
export const FUNCTION_CALL = 0x46;
export const TERMINATE = 0x58;

/** All that a client may send once it is in (COPY FROM STDIN is refused, so there is no copy message). */
export const CLIENT_TYPES: ReadonlySet<number> = new Set([
  QUERY,
  PARSE,
  BIND,
  DESCRIBE,
  EXECUTE,
  CLOSE,
  SYNC,
  FLUSH,
  FUNCTION_CALL,
  TERMINATE,
]);

/** What a Describe or Close is about when it is about a prepared statement (and not a portal). */
export const STATEMENT = 0x53;

export const SSL_REQUEST = 80877103;
export const GSS_REQUEST = 80877104;
export const CANCEL_REQUEST = 80877102;

/** The status byte of ReadyForQuery outside any transaction. */
export const IDLE = 0x49;

const NOTIFICATION = 0x41;
const READY_FOR_QUERY = 0x5a;
const READY_BYTES = 6;

/** Builds one message of a type from its parts. */
export function buildMessage(type: number, ...parts: Buffer[]): Buffer {
  const header = Buffer.allocUnsafe(5);
  header[0] = type;
  header.writeInt32BE(4 + parts.reduce((sum, part) => sum + part.length, 0), 1);
  return Buffer.concat([header, ...parts]);
}

/** A text with the zero byte that ends it on the wire. */
export function endWithZero(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** The zero-terminated text that begins at an offset, without its zero byte. */
export function readText(message: Buffer, at: number): Buffer {
  const end = message.indexOf(0, at);
  return message.subarray(at, end === -1 ? message.length : end);
}

/** The first message of a connection, which names the user and the database. */
export function buildStartup(user: string, database: string): Buffer {
  const fields = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.allocUnsafe(8);
  head.writeInt32BE(head.length + fields.length, 0);
  head.writeInt16BE(3, 4);
  head.writeInt16BE(0, 6);
  return Buffer.concat([head, fields]);
}

/** The user and the database that a startup message asks for; PostgreSQL's rule: no database means the user's name. */
export function readStartup(message: Buffer): { user: string; database: string } {
  const words = message.subarray(8).toString().split('\0');
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < words.length && words[at]; at += 2) fields.set(words[at]!, words[at + 1]!);
  const user = fields.get('user') ?? '';
  return { user, database: fields.get('database') ?? user };
}

/** Why a connection is ended by the database, in PostgreSQL's terms. */
export interface Refusal {
  code: string;
  message: string;
}

/** A FATAL error: the client must expect the connection to end after it. */
export function buildFatal({ code, message }: Refusal): Buffer {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`;
  return buildMessage(0x45, Buffer.from(fields));
}

/** The transaction status that ends a reply, or undefined when the reply does not end with ReadyForQuery. */
export function readStatus(reply: Buffer): number | undefined {
  const at = reply.length - READY_BYTES;
  if (at < 0 || reply[at] !== READY_FOR_QUERY || reply.readInt32BE(at + 1) !== READY_BYTES - 1)
    return undefined;
  return reply[reply.length - 1];
}

/** The notifications (of LISTEN) among the messages of a reply, as they came; undefined when there is none. */
export function findNotifications(reply: Buffer): Buffer | undefined {
  const found: Buffer[] = [];
  let at = 0;
  while (at + 5 <= reply.length) {
    const end = at + 1 + reply.readInt32BE(at + 1);
    if (reply[at] === NOTIFICATION) found.push(reply.subarray(at, end));
    at = end;
  }
  return found.length > 0 ? Buffer.concat(found) : undefined;
}
