// Finding the event of a type in a stream whose events say their type in a line `event:` and in the `type` of their JSON.

/** Where the first event of one of the types begins in the text of whole events; -1 when there is none. */
export function findTypedEvent(text: string, types: readonly string[]): number {
  let first = -1;
  for (const type of types) {
    const at = findOne(text, type);
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  return first;
}

/** The name may stand in the model's text as well: only a line of its own or a `type` of the outermost object counts. */
function findOne(text: string, type: string): number {
  for (let at = text.indexOf(type); at >= 0; at = text.indexOf(type, at + type.length)) {
    const start = text.lastIndexOf('\n', at) + 1;
    const end = endOfLine(text, at);
    const line = text.slice(start, end);
    if (line.startsWith('event:') && line.slice(6).trim() === type) return start;
    if (line.startsWith('data:') && typeOf(line) === type) return startOfEvent(text, start);
  }
  return -1;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function typeOf(line: string): unknown {
  try {
    return (JSON.parse(line.slice(5)) as { type?: unknown }).type;
  } catch {
    return undefined;
  }
}

/** Up to the line `event:` that belongs to the line at `start`. */
function startOfEvent(text: string, start: number): number {
  const before = text.lastIndexOf('\n', start - 2) + 1;
  return start > 0 && text.startsWith('event:', before) ? before : start;
}
