#!/usr/bin/env node
// Verifies a downloaded audit trail without the server that made it: this file and Node are all it takes. It is written
// from docs/guides/audit-trail.md and shares no code with the server, so that neither can hide the other's mistake.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Command } from 'commander';

export type TrailProblem = {
  /** Line of the file, from 1. */
  line: number;
  /** Place in the chain, where one is concerned. */
  seq: number | null;
  problem:
    | 'malformed'
    | 'cut_off'
    | 'hash_differs'
    | 'event_missing'
    | 'seal_missing'
    | 'checkpoint_missing'
    | 'checkpoint_forged'
    | 'checkpoint_key_unknown'
    | 'chain_rewritten';
};
export type TrailReport = {
  ok: boolean;
  organization_id: string | null;
  events: number;
  checkpoints: number;
  /** The end of the chain as far as it is sound; keep it to compare the next download with. */
  head: { seq: number; hash: string };
  signed_by: string[];
  /** Whether the signing keys were named by the caller; if not, the file vouches for itself. */
  trusted: boolean;
  first_problem: TrailProblem | null;
};
export type TrailOptions = {
  /** Thumbprints (`kid`) of the signing keys that are believed; without any, those in the file are. */
  keys?: readonly string[];
  /** A place in the chain noted from an earlier download. */
  known?: { seq: number; hash: string };
};

type Line = Record<string, unknown>;
type State = TrailReport & { line: number; signedUpTo: number; ended: boolean; keys: Map<string, string> };

const GAP_MAX = 500;
const RECORD_PREFIX = Buffer.from('insula signed record 1\0');
const sha256 = (bytes: string) => createHash('sha256').update(bytes, 'utf8');

/** Reads the lines of a trail and recomputes everything; stops at the first thing that is wrong. */
export async function verifyTrail(
  lines: Iterable<string> | AsyncIterable<string>,
  options: TrailOptions = {},
): Promise<TrailReport> {
  const state: State = {
    ...{ ok: false, organization_id: null, events: 0, checkpoints: 0, signed_by: [] },
    ...{ trusted: (options.keys?.length ?? 0) > 0, first_problem: null },
    head: { seq: 0, hash: '0'.repeat(64) },
    ...{ line: 0, signedUpTo: 0, ended: false, keys: new Map<string, string>() },
  };
  for await (const text of lines) {
    state.line += 1;
    const problem = readLine(state, text, options);
    if (problem) return reportOf(state, problem);
  }
  return reportOf(state, judgeEnd(state, options));
}

function reportOf(state: State, problem: Omit<TrailProblem, 'line'> | undefined): TrailReport {
  const { line, signedUpTo: _, ended: __, keys: ___, ...report } = state;
  return { ...report, ok: !problem, first_problem: problem ? { line, ...problem } : null };
}

type Fault = Omit<TrailProblem, 'line'> | undefined;
const fault = (problem: TrailProblem['problem'], seq: number | null = null): Fault => ({ seq, problem });

function judgeEnd(state: State, options: TrailOptions): Fault {
  const { seq } = state.head;
  if (!state.ended) return fault('cut_off');
  if ((options.known?.seq ?? 0) > seq) return fault('seal_missing', seq + 1);
  return state.signedUpTo < seq ? fault('checkpoint_missing', seq) : undefined;
}

function readLine(state: State, text: string, options: TrailOptions): Fault {
  const line = parseLine(text);
  if (!line || state.ended) return fault('malformed');
  if (state.line === 1) return readFirst(state, line, options);
  if (line.kind === 'event') return readEvent(state, line, options);
  if (line.kind === 'checkpoint') return readCheckpoint(state, line);
  if (line.kind !== 'end') return fault('malformed');
  state.ended = true;
  const whole = line.events === state.events && line.checkpoints === state.checkpoints;
  return whole ? undefined : fault('cut_off');
}

function parseLine(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}

function readFirst(state: State, line: Line, options: TrailOptions): Fault {
  const { kind, format, organization_id, keys } = line;
  if (kind !== 'trail' || format !== 'insula trail 1' || !Array.isArray(keys)) return fault('malformed');
  if (typeof organization_id !== 'string') return fault('malformed');
  state.organization_id = organization_id;
  for (const { kty, crv, x, kid } of keys as Record<string, unknown>[]) {
    // RFC 7638: the thumbprint is computed, not believed, so that a kid names one key only.
    const thumbprint = sha256(`{"crv":"Ed25519","kty":"OKP","x":${JSON.stringify(x)}}`).digest('base64url');
    if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || kid !== thumbprint)
      return fault('malformed');
    if (!options.keys?.length || options.keys.includes(thumbprint)) state.keys.set(thumbprint, x);
  }
  return undefined;
}

function readEvent(state: State, line: Line, { known }: TrailOptions): Fault {
  const { seq, hash, event, event_id } = line;
  const due = state.head.seq + 1;
  if (seq !== due) return fault('seal_missing', due);
  if (event === null) return fault('event_missing', seq);
  if (typeof event !== 'object') return fault('malformed', seq);
  const { organization_id, id } = event as Line;
  const computed = sha256(canonical({ v: 'insula event 1', previous: state.head.hash, seq, event })).digest(
    'hex',
  );
  if (computed !== hash || id !== event_id || organization_id !== state.organization_id)
    return fault('hash_differs', seq);
  if (known?.seq === seq && known.hash !== computed) return fault('chain_rewritten', seq);
  if (seq - state.signedUpTo > GAP_MAX) return fault('checkpoint_missing', seq);
  state.head = { seq, hash: computed };
  state.events += 1;
  return undefined;
}

function readCheckpoint(state: State, line: Line): Fault {
  const { seq, hash, at, signing_key, signature } = line;
  if (typeof seq !== 'number' || typeof hash !== 'string' || typeof at !== 'string')
    return fault('malformed');
  if (typeof signing_key !== 'string' || typeof signature !== 'string') return fault('malformed');
  if (seq > state.head.seq) return fault('seal_missing', state.head.seq + 1);
  const x = state.keys.get(signing_key);
  if (x === undefined) return fault('checkpoint_key_unknown', seq);
  const { organization_id } = state;
  const said = canonical({ v: 'insula checkpoint 1', organization_id, seq, hash, at, signing_key });
  if (!isSigned(x, said, signature)) return fault('checkpoint_forged', seq);
  if (seq < state.head.seq || hash !== state.head.hash) return fault('chain_rewritten', seq);
  state.signedUpTo = seq;
  state.checkpoints += 1;
  if (!state.signed_by.includes(signing_key)) state.signed_by.push(signing_key);
  return undefined;
}

function isSigned(x: string, text: string, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  // Two spellings of one signature would make two files of one trail.
  if (bytes.toString('base64url') !== signature) return false;
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, Buffer.concat([RECORD_PREFIX, Buffer.from(text, 'utf8')]), key, bytes);
  } catch {
    return false;
  }
}

/** RFC 8785 for values that JSON.parse gives. */
function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one)).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
}

/** Lines end at line feeds and nowhere else: a text may hold the other characters that readers of lines break at. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** The command `verify-trail <file>`: prints the report as JSON, exits with 1 when the trail is not sound. */
export function createVerifyCommand(): Command {
  const collect = (value: string, before: string[]) => [...before, value];
  return new Command('verify-trail')
    .description('verify a downloaded audit trail, without any server')
    .argument('<file>', 'the JSON lines that were downloaded')
    .option('--key <kid>', 'thumbprint of a signing key to believe; may be repeated', collect, [])
    .option('--known <seq:hash>', 'a place in the chain noted from an earlier download')
    .action(async (file: string, given: { key: string[]; known?: string }) => {
      const [seq, hash] = given.known?.split(':') ?? [];
      if (given.known !== undefined && !(Number(seq) > 0 && /^[0-9a-f]{64}$/.test(hash ?? '')))
        throw new Error('--known takes the place and the hash, such as 120:9f86d0…');
      const known = given.known === undefined ? {} : { known: { seq: Number(seq), hash: hash! } };
      const report = await verifyTrail(linesOf(file), { keys: given.key, ...known });
      console.log(JSON.stringify(report, null, 2));
      if (!report.ok) process.exitCode = 1;
    });
}

if (import.meta.main) await createVerifyCommand().parseAsync();
