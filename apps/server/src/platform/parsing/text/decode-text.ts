// Bytes as text: the mark at the beginning, else strict UTF-8, else what the file declares, else what its bytes look like.
import { detect } from 'chardet';
import iconv from 'iconv-lite';
import { limits } from '../limits.ts';
import { tooLarge, unsupported } from '../refusal.ts';

const SAMPLE = 65_536;
/** What a detector calls bytes of so short a text is a guess among many; these are the likely ones. */
const MULTIBYTE = ['Shift_JIS', 'EUC-JP', 'GB18030', 'Big5', 'EUC-KR'];

export type DecodedText = { text: string; encoding: string };

/** Decodes a text file; throws a refusal where it is none. */
export function decodeText(
  bytes: Uint8Array,
  { declared }: { declared?: string | undefined } = {},
): DecodedText {
  if (bytes.length > limits.textBytes) throw tooLarge('a text file may have 12 MB.');
  const marked = readMark(bytes);
  if (marked) return marked;
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'UTF-8' };
  } catch {
    const encoding = chooseEncoding(bytes, declared);
    const text = iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), encoding);
    if (isBinary(text)) throw unsupported('no text', 'Upload the document it was made from.');
    return { text, encoding };
  }
}

function readMark(bytes: Uint8Array): DecodedText | undefined {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf)
    return { text: new TextDecoder().decode(bytes), encoding: 'UTF-8' };
  if (a === 0xff && b === 0xfe)
    return { text: new TextDecoder('utf-16le').decode(bytes), encoding: 'UTF-16LE' };
  if (a === 0xfe && b === 0xff)
    return { text: new TextDecoder('utf-16be').decode(bytes), encoding: 'UTF-16BE' };
  return undefined;
}

function chooseEncoding(bytes: Uint8Array, declared: string | undefined): string {
  if (declared && iconv.encodingExists(declared) && !/^utf-?8$/i.test(declared)) return declared;
  const sample = bytes.subarray(0, SAMPLE);
  const whole = Buffer.from(sample.buffer, sample.byteOffset, sample.length);
  const guess = detect(sample);
  // A short text in an East Asian encoding looks like many single-byte ones; it decodes without a hole only in its own.
  const likely = MULTIBYTE.filter((name) => {
    const text = iconv.decode(whole, name);
    return (
      !/[\ufffd\ue000-\uf8ff\uff61-\uff9f]/.test(text.slice(0, -2)) &&
      /[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2}/.test(text)
    );
  });
  if (guess && likely.includes(guess)) return guess;
  if (likely[0] !== undefined && isMostlyHigh(sample)) return likely[0];
  return guess && iconv.encodingExists(guess) ? guess : 'windows-1252';
}

function isMostlyHigh(bytes: Uint8Array): boolean {
  let high = 0;
  let letters = 0;
  for (const byte of bytes) {
    if (byte >= 0x80) high++;
    if (byte >= 0x41) letters++;
  }
  return high > letters * 0.5;
}

/** Says whether text has so many control characters that it was none. */
export function isBinary(text: string): boolean {
  const sample = text.slice(0, 20_000);
  let odd = 0;
  for (let i = 0; i < sample.length; i++) {
    const code = sample.charCodeAt(i);
    if (code < 9 || (code > 13 && code < 32 && code !== 27) || code === 0xfffd || (code > 126 && code < 160))
      odd++;
  }
  return odd > sample.length * 0.02;
}
