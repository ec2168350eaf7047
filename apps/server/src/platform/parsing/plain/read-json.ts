// JSON as text that a person would write: a list of records of one shape is a table, an object its names and values.
import type { Draft, Notes, Source } from '../document.ts';
import { limits } from '../limits.ts';
import { suspicious, tooLarge, unreadable } from '../refusal.ts';
import { decodeText } from '../text/decode-text.ts';
import { joinBlocks, oneLine, writeHeading, writeListEntry, writeTable } from '../text/markdown.ts';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
const LINES_MAX = 200_000;

/** Reads a JSON file; throws refusals for what is not JSON or nested too deeply. */
export function readJson(source: Source): Draft {
  const { text } = decodeText(source.bytes);
  const value = parseJson(text);
  const title = isRecord(value) && typeof value.title === 'string' ? value.title : undefined;
  return { title, sections: [{ markdown: writeValue(value), page: null }] };
}

/** Reads a file with one JSON value a line; lines that are none are left out and told of. */
export function readJsonLines(source: Source, notes: Notes): Draft {
  const { text } = decodeText(source.bytes);
  const values: Json[] = [];
  let broken = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    if (values.length >= limits.tableRows) {
      notes.warn(
        'rows_cut',
        `Only the first ${limits.tableRows} lines were read. Split the file to read the rest.`,
      );
      break;
    }
    try {
      values.push(parseJson(line));
    } catch {
      broken++;
    }
  }
  if (values.length === 0) throw unreadable('no line of it is JSON.');
  if (broken > 0) notes.warn('lines_left_out', `${broken} lines are not JSON and were left out.`);
  const table = writeRecords(values);
  return { sections: [{ markdown: table ?? joinBlocks(values.map(writeValue)), page: null }] };
}

/** Parses JSON that is nested no deeper than the limit; throws refusals. */
export function parseJson(text: string): Json {
  assertModest(text);
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw unreadable('it is not valid JSON.');
  }
}

/** Before the engine makes objects of all of it at once: how deep it is, and how many values it has. */
function assertModest(text: string): void {
  let depth = 0;
  let values = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === 92) i++;
      else if (code === 34) quoted = false;
    } else if (code === 34) quoted = true;
    else if (code === 44 || code === 58) values++;
    else if (code === 91 || code === 123) {
      values++;
      if (++depth > limits.nesting) throw suspicious(`it is nested more than ${limits.nesting} levels deep.`);
    } else if (code === 93 || code === 125) depth--;
  }
  if (values > limits.jsonValues) throw tooLarge(`it has more than ${limits.jsonValues} values.`);
}

function isRecord(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: Json | undefined): boolean {
  return typeof value !== 'object' || value === null;
}

/** A list of records whose values are all plain, as a table. */
function writeRecords(values: Json[]): string | undefined {
  if (values.length < 2 || !values.every((one) => isRecord(one) && Object.values(one).every(isScalar)))
    return undefined;
  const names = new Set<string>();
  for (const one of values) for (const name of Object.keys(one as object)) names.add(name);
  const columns = [...names];
  if (columns.length === 0 || columns.length > 50) return undefined;
  const long = values.some((one) => Object.values(one as object).some((value) => String(value).length > 300));
  if (long) return undefined;
  return writeTable([
    columns,
    ...values.map((one) => columns.map((name) => show((one as Record<string, Json>)[name]))),
  ]);
}

function show(value: Json | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}

function writeValue(value: Json): string {
  if (isScalar(value)) return show(value);
  const blocks: string[] = [];
  writeInto({ value, level: 2, blocks, count: { lines: 0 } });
  return joinBlocks(blocks);
}

type Place = { value: Json; level: number; blocks: string[]; count: { lines: number } };

/** Objects near the root become headings; deeper ones a nested list. */
function writeInto(place: Place): void {
  const { value, level, blocks } = place;
  const table = Array.isArray(value) ? writeRecords(value) : undefined;
  if (table !== undefined) blocks.push(table);
  else if (level > 3 || Array.isArray(value)) blocks.push(writeLines(value, 0, place.count).join('\n'));
  else if (isRecord(value)) {
    const plain: string[] = [];
    for (const [name, one] of Object.entries(value))
      if (isScalar(one)) plain.push(writeListEntry(0, '-', `${name}: ${show(one)}`));
    blocks.push(plain.join('\n'));
    for (const [name, one] of Object.entries(value)) {
      if (isScalar(one)) continue;
      blocks.push(writeHeading(level, name));
      writeInto({ ...place, value: one, level: level + 1 });
    }
  }
}

function writeLines(value: Json, depth: number, count: { lines: number }): string[] {
  if (++count.lines > LINES_MAX) throw tooLarge('it has too many values.');
  const entries: [string, Json][] = Array.isArray(value)
    ? value.map((one) => ['', one])
    : Object.entries(value as object);
  return entries.flatMap(([name, one]) => {
    const label = name === '' ? '' : `${oneLine(name)}: `;
    if (isScalar(one)) return [writeListEntry(depth, '-', label + show(one))];
    const inner = writeLines(one, depth + 1, count);
    return [writeListEntry(depth, '-', label.trim()), ...inner];
  });
}
