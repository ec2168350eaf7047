// What a model says in a streamed chat completion, read as it comes: words, thoughts, calls of tools.
export type ToolCall = { id: string; name: string; arguments: string };
export type Heard = { text(delta: string): void; reasoning(delta: string): void };
export type Said = { toolCalls: ToolCall[]; finishReason: string | null; citations: unknown };

type Delta = {
  content?: unknown;
  reasoning_content?: unknown;
  reasoning?: unknown;
  tool_calls?: { index?: number; id?: string; function?: { name?: string; arguments?: string } }[];
};
type Chunk = {
  choices?: { delta?: Delta; finish_reason?: string | null }[];
  insula?: { citations?: unknown };
};

const TOOL_CALLS_MAX = 32;
const ARGUMENTS_MAX = 200_000;

/** Reads the stream to its end; what is no event of a chat completion is passed over. */
export async function readModelStream(parts: AsyncIterable<Uint8Array>, heard: Heard): Promise<Said> {
  const calls: ToolCall[] = [];
  const said: Said = { toolCalls: calls, finishReason: null, citations: undefined };
  for await (const text of readEvents(parts)) {
    const chunk = parse(text);
    if (!chunk) continue;
    if (chunk.insula?.citations !== undefined) said.citations = chunk.insula.citations;
    const choice = chunk.choices?.[0];
    if (!choice) continue;
    hear(choice.delta ?? {}, heard, calls);
    if (choice.finish_reason) said.finishReason = choice.finish_reason;
  }
  return { ...said, toolCalls: calls.filter((call) => call?.name) };
}

function hear(delta: Delta, heard: Heard, calls: ToolCall[]): void {
  const thought = delta.reasoning_content ?? delta.reasoning;
  if (typeof thought === 'string' && thought !== '') heard.reasoning(thought);
  if (typeof delta.content === 'string' && delta.content !== '') heard.text(delta.content);
  for (const some of delta.tool_calls ?? []) {
    const index = some.index ?? calls.length;
    if (!(index >= 0 && index < TOOL_CALLS_MAX)) continue;
    calls[index] ??= { id: some.id ?? `call_${index}`, name: '', arguments: '' };
    const call = calls[index];
    if (some.function?.name) call.name += some.function.name;
    if (call.arguments.length < ARGUMENTS_MAX) call.arguments += some.function?.arguments ?? '';
  }
}

function parse(text: string): Chunk | undefined {
  if (text === '[DONE]') return undefined;
  try {
    return JSON.parse(text) as Chunk;
  } catch {
    return undefined;
  }
}

/** The payloads of server-sent events. */
async function* readEvents(parts: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of parts) {
    rest += decoder.decode(part, { stream: true });
    const lines = rest.split(/\r?\n/);
    rest = lines.pop()!;
    for (const line of lines) if (line.startsWith('data:')) yield line.slice(5).trim();
  }
  if (rest.startsWith('data:')) yield rest.slice(5).trim();
}
