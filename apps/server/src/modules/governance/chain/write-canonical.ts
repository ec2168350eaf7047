// One value, one text: JSON in the canonical form of RFC 8785, so that whoever recomputes a hash hashes the same bytes.

/** Writes a JSON value without white space and with the keys of objects sorted by UTF-16 code units; throws on what JSON cannot hold. */
export function writeCanonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeCanonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const object = value as Record<string, unknown>;
    const fields = Object.keys(object)
      .sort()
      .map((key) => `${writeText(key)}:${writeCanonical(object[key])}`);
    return `{${fields.join(',')}}`;
  }
  if (typeof value === 'string') return writeText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('JSON has no such number.');
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`JSON has no ${typeof value}.`);
  return text;
}

function writeText(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('A text with a lone surrogate has no canonical form.');
  return JSON.stringify(text);
}
