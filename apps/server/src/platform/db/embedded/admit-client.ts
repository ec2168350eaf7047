// What a client asks for before it is in, and whether it may come in. There is no password: the folder of the socket is
// closed to everybody else. There is one login, because the session has one user whatever a client calls itself.
import { CANCEL_REQUEST, GSS_REQUEST, type Refusal, readStartup, SSL_REQUEST } from './wire.ts';

/** 'enter' it may; 'ask_again' without encryption; 'leave' without a word; or the reason why not. */
export type Admission = 'enter' | 'ask_again' | 'leave' | Refusal;

/** Judges a startup message. */
export function admitClient(message: Buffer): Admission {
  const code = message.readInt32BE(4);
  if (code === SSL_REQUEST || code === GSS_REQUEST) return 'ask_again';
  if (code === CANCEL_REQUEST) return 'leave'; // what the one session runs now may be somebody else's
  if (code >> 16 !== 3) return { code: '0A000', message: 'unsupported protocol version' };
  const { user, database } = readStartup(message);
  if (user === 'postgres' && database === 'postgres') return 'enter';
  return {
    code: '28000',
    message: `the embedded database has one user, postgres, and one database, postgres; not ${user}, ${database}`,
  };
}
