// A name server of our own (A and AAAA over UDP) that answers what a case wants: also something else every time it is asked.
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** The answers to the first question, to the second, and so on; the last holds from then on. */
export type Answers = readonly (readonly string[])[];
export type Names = { set(name: string, answers: Answers): void; asked(): number; stop(): void };

const [A, AAAA] = [1, 28];
const TTL_SECONDS = 0;

/** Answers on port 53 of 127.0.0.1; throws when somebody else does. */
export async function startNames(): Promise<Names> {
  const zone = new Map<string, { answers: Answers; at: Map<number, number> }>();
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (question, from) => {
    asked++;
    const { name, type, end } = readQuestion(question);
    const known = zone.get(name);
    const at = known?.at.get(type) ?? 0;
    known?.at.set(type, at + 1);
    const all = known ? (known.answers[Math.min(at, known.answers.length - 1)] ?? []) : [];
    const fitting = all.filter((one) => isIPv6(one) === (type === AAAA) && (type === A || type === AAAA));
    socket.send(
      writeAnswer(question.subarray(0, end), fitting, known !== undefined),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve, reject) => socket.once('error', reject).bind(53, '127.0.0.1', resolve));
  return {
    set: (name, answers) => void zone.set(name, { answers, at: new Map() }),
    asked: () => asked,
    stop: () => void socket.close(),
  };
}

function readQuestion(bytes: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = bytes[at]!; length > 0; length = bytes[at]!) {
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return { name: labels.join('.'), type: bytes.readUInt16BE(at + 1), end: at + 5 };
}

function writeAnswer(question: Buffer, addresses: readonly string[], isKnown: boolean): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(isKnown ? 0x8580 : 0x8583, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const rows = addresses.map((address) => {
    const bytes = bytesOf(address);
    const row = Buffer.alloc(12 + bytes.length);
    row.writeUInt16BE(0xc00c, 0);
    row.writeUInt16BE(bytes.length === 4 ? A : AAAA, 2);
    row.writeUInt16BE(1, 4);
    row.writeUInt32BE(TTL_SECONDS, 6);
    row.writeUInt16BE(bytes.length, 10);
    bytes.copy(row, 12);
    return row;
  });
  return Buffer.concat([head, ...rows]);
}

function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const words = (text: string) => text.split(':').filter(Boolean);
  const [before, after] = [words(head), words(tail ?? '')];
  const all = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return Buffer.from(
    all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]),
  );
}
