// Brute force: every attempt counts as a failure before it is judged, so that a burst cannot slip through, and is taken
// back when it was right. Delays grow by account and by address; where an account has signed in before it has a counter
// of its own, so that strangers who guess from elsewhere cannot keep its owner out.
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { PlatformTx } from '../../../platform/db/door.ts';
import {
  type AttemptRow,
  forgiveAttempt,
  listAttempts,
  lockAttempts,
  removeAttempts,
  removeStaleAttempts,
  writeAttempts,
} from './store.ts';

const HOUR_MS = 3_600_000;
/** Attempts without delay, by kind of counter; an address can be that of a whole office. */
const free = { account: 5, pair: 5, address: 30 };
const DELAY_MAX_MS = 15 * 60_000;
/** After this long without an attempt a count starts anew. */
const FORGET_MS = 24 * HOUR_MS;
/** For so long an address stays known after the last success there. */
const KNOWN_MS = 90 * 24 * HOUR_MS;
/** Of all who ask at the same moment, whoever looked at the clock first would otherwise seem to come too early. */
const NOT_BLOCKED = new Date(0);

type Kind = keyof typeof free;
type Subject = { kind: Kind; subject: string };
/** The counters an attempt stands on; handed back when it was right. */
export type Attempt = { subjects: Subject[]; retryAfterSeconds: number };

/** How long after the `failures`-th attempt the next one has to wait, in milliseconds: 1 s, 2 s, 4 s … 15 min. */
export function delayAfter(failures: number, kind: Kind): number {
  const over = failures - free[kind];
  return over < 0 ? 0 : Math.min(DELAY_MAX_MS, 1_000 * 2 ** Math.min(over, 20));
}

/** Counts an attempt for the e-mail address from the network address; with `retryAfterSeconds` above 0 it is refused and not counted. */
export async function countAttempt(
  tx: PlatformTx,
  from: { email: string; ip: string; nowMs: number },
): Promise<Attempt> {
  const at = new Date(from.nowMs);
  const subjects = await chooseSubjects(tx, from);
  const rows: { kind: Kind; row: AttemptRow }[] = [];
  for (const { kind, subject } of subjects)
    rows.push({ kind, row: await lockAttempts(tx, subject, { at, blockedUntil: NOT_BLOCKED }) });
  const waitMs = Math.max(...rows.map(({ row }) => row.blocked_until.getTime() - from.nowMs));
  if (waitMs > 0) return { subjects, retryAfterSeconds: Math.ceil(waitMs / 1_000) };
  for (const { kind, row } of rows) {
    const stale = row.updated_at.getTime() < from.nowMs - FORGET_MS;
    const failures = (stale ? 0 : row.failures) + 1;
    const delayMs = delayAfter(failures, kind);
    const blocked_until = delayMs > 0 ? new Date(from.nowMs + delayMs) : NOT_BLOCKED;
    await writeAttempts(tx, { subject: row.subject, failures, blocked_until, updated_at: at });
  }
  return { subjects, retryAfterSeconds: 0 };
}

/** Takes a right attempt back and remembers the address as one the account signs in from. */
export async function forgiveRightAttempt(
  tx: PlatformTx,
  from: { email: string; ip: string; nowMs: number },
  attempt: Attempt,
): Promise<void> {
  for (const { kind, subject } of attempt.subjects) {
    if (kind === 'account') await removeAttempts(tx, subject);
    if (kind === 'address') await forgiveAttempt(tx, subject, NOT_BLOCKED);
  }
  const pair = subjectOf('pair', from);
  const at = new Date(from.nowMs);
  await writeAttempts(tx, { subject: pair, failures: 0, blocked_until: NOT_BLOCKED, updated_at: at });
  await removeStaleAttempts(tx, new Date(from.nowMs - KNOWN_MS));
}

async function chooseSubjects(
  tx: PlatformTx,
  from: { email: string; ip: string; nowMs: number },
): Promise<Subject[]> {
  const pair = subjectOf('pair', from);
  const [known] = await listAttempts(tx, [pair]);
  if (known && known.updated_at.getTime() > from.nowMs - KNOWN_MS) return [{ kind: 'pair', subject: pair }];
  return [
    { kind: 'account', subject: subjectOf('account', from) },
    { kind: 'address', subject: subjectOf('address', from) },
  ];
}

function subjectOf(kind: Kind, from: { email: string; ip: string }): string {
  const parts = {
    account: [from.email],
    address: [networkOf(from.ip)],
    pair: [from.email, networkOf(from.ip)],
  };
  const text = JSON.stringify([kind, ...parts[kind]]);
  return `${kind}:${createHash('sha256').update(text).digest('base64url')}`;
}

/** One household has a whole /64 of IPv6. */
function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(ip)) return ip;
  const [head = '', tail = ''] = ip.split('%')[0]!.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const filled = ip.includes('::')
    ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
    : [];
  return [...left, ...filled, ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
