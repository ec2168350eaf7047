// Rewrites the messages of one connection so that it cannot meet the prepared statements of another, which live in the
// same session, and so that statements which would change the session are refused (refuse-session-state.ts).
import { refuseSessionState } from './refuse-session-state.ts';
import type { Session } from './share-session.ts';
import {
  BIND,
  buildMessage,
  CLOSE,
  DESCRIBE,
  endWithZero,
  PARSE,
  QUERY,
  readText,
  STATEMENT,
} from './wire.ts';

/** What is known about a connection's prepared statements. */
export interface Names {
  id: number;
  /** The names in use, as the session knows them. */
  statements: Set<string>;
}

/** The name by which the session knows a connection's statement. */
const ownName = ({ id }: Names, name: Buffer) => `c${id}_${name.toString()}`;

/** The message as the session may see it; called in the order of execution, while holding the session. */
export function isolateNames(message: Buffer, names: Names, session: Session): Buffer {
  switch (message[0]) {
    case QUERY:
      return isolateQuery(message);
    case PARSE:
      return isolateParse(message, names, session);
    case BIND:
      return isolateBind(message, names, session);
    case DESCRIBE:
    case CLOSE:
      return message[5] === STATEMENT ? isolateMention(message, names, session) : message;
    default:
      return message;
  }
}

function isolateQuery(message: Buffer): Buffer {
  const refused = refuseSessionState(readText(message, 5).toString());
  return refused === undefined ? message : buildMessage(QUERY, endWithZero(refused));
}

function isolateParse(message: Buffer, names: Names, session: Session): Buffer {
  const name = readText(message, 5);
  const sql = readText(message, 5 + name.length + 1);
  const refused = refuseSessionState(sql.toString());
  const unnamed = name.length === 0;
  if (unnamed) session.unnamedOwner = names.id;
  if (unnamed && refused === undefined) return message;
  const own = unnamed ? '' : ownName(names, name);
  if (own) names.statements.add(own);
  const types = message.subarray(5 + name.length + 1 + sql.length + 1);
  return buildMessage(
    PARSE,
    endWithZero(own),
    refused === undefined ? endOf(sql) : endWithZero(refused),
    types,
  );
}

/** A text that was read from a message, together with its zero byte. */
const endOf = (text: Buffer) => Buffer.concat([text, Buffer.from([0])]);

function isolateBind(message: Buffer, names: Names, session: Session): Buffer {
  const portal = readText(message, 5);
  const at = 5 + portal.length + 1;
  const name = readText(message, at);
  if (isOwnUnnamed(name, names, session)) return message;
  return buildMessage(
    BIND,
    endOf(portal),
    endWithZero(ownName(names, name)),
    message.subarray(at + name.length + 1),
  );
}

function isolateMention(message: Buffer, names: Names, session: Session): Buffer {
  const name = readText(message, 6);
  if (isOwnUnnamed(name, names, session)) return message;
  const own = ownName(names, name);
  if (message[0] === CLOSE) names.statements.delete(own);
  return buildMessage(message[0]!, Buffer.from([STATEMENT]), endWithZero(own));
}

/** The unnamed statement of somebody else gets a name that does not exist: PostgreSQL then says so itself (26000). */
function isOwnUnnamed(name: Buffer, { id }: Names, { unnamedOwner }: Session): boolean {
  return name.length === 0 && unnamedOwner === id;
}
