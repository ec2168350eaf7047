// ZIP archives, read with suspicion: the directory is judged before anything is inflated, and what is inflated is counted.
import { inflateRawSync } from 'node:zlib';
import { limits } from '../limits.ts';
import { Refusal, suspicious, tooLarge, unreadable } from '../refusal.ts';

export type Zip = {
  names: string[];
  /** The bytes of a part, or undefined where there is no such part. */
  read(name: string): Uint8Array | undefined;
};
type Entry = { name: string; method: number; packed: number; size: number; offset: number; sealed: boolean };

const DIRECTORY_END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const MB = 1024 * 1024;

/** Opens an archive; throws refusals for bombs, broken and encrypted ones. */
export function openZip(bytes: Uint8Array): Zip {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = judgeEntries(listEntries(view), bytes.length);
  let inflated = 0;
  return {
    names: [...entries.keys()],
    read(name) {
      const entry = entries.get(name);
      if (!entry) return undefined;
      if (entry.sealed) throw new Refusal('document_encrypted');
      const part = inflate(view, entry);
      inflated += part.length;
      if (inflated > limits.inflatedBytes) throw tooLarge('unpacked it has more than 96 MB.');
      return part;
    },
  };
}

function listEntries(view: DataView): Entry[] {
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  if (count > limits.zipEntries) throw tooLarge(`it has ${count} parts.`);
  let at = view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== ENTRY)
      throw unreadable('its table of contents is broken.');
    const nameLength = view.getUint16(at + 28, true);
    const name = Buffer.from(view.buffer, view.byteOffset + at + 46, Math.min(nameLength, 1_000)).toString();
    entries.push({
      name,
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
      sealed: (view.getUint16(at + 8, true) & 1) === 1,
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

function findEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 65_557); at--)
    if (view.getUint32(at, true) === DIRECTORY_END) return at;
  throw unreadable('the end of the file is missing; it may not have been copied whole.');
}

/** Refuses what is a bomb by its own account; names that climb out of the archive name nothing. */
function judgeEntries(entries: Entry[], length: number): Map<string, Entry> {
  let packed = 0;
  const known = new Map<string, Entry>();
  for (const entry of entries) {
    packed += entry.packed;
    if (entry.size > limits.suspectBytes && entry.size > entry.packed * limits.inflationRatio)
      throw suspicious('a part of it would become many hundred times as large when it is unpacked.');
    if (!entry.name.split(/[/\\]/).includes('..')) known.set(entry.name.replace(/^\/+/, ''), entry);
  }
  if (packed > length) throw suspicious('its parts overlap each other.');
  return known;
}

function inflate(view: DataView, entry: Entry): Uint8Array {
  const { offset, packed, size, method, name } = entry;
  if (size > limits.partBytes) throw tooLarge(`unpacked its part ${name} has ${Math.ceil(size / MB)} MB.`);
  if (offset + 30 > view.byteLength || view.getUint32(offset, true) !== LOCAL)
    throw unreadable(`its part ${name} is missing.`);
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + packed > view.byteLength) throw unreadable(`its part ${name} is cut off.`);
  const body = new Uint8Array(view.buffer, view.byteOffset + start, packed);
  if (method === 0) return body;
  if (method !== 8) throw unreadable(`its part ${name} is packed in an unusual way.`);
  try {
    return inflateRawSync(body, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw suspicious(`its part ${name} is larger than it says.`);
    throw unreadable(`its part ${name} is damaged.`);
  }
}
