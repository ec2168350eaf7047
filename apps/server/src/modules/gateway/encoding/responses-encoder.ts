// Answers in the words of OpenAI's Responses: a list of turns (reasoning, messages, calls of functions), and a stream of numbered
// events that tell how it grows. Nothing is stored. Format: OpenAI's API reference.
import type { TokenCounts } from '../ledger/index.ts';
import { isObject } from '../usage/index.ts';
import type { AnswerEncoder, Block, Closing, Heading, StreamEncoder } from './answer-encoder.ts';
import { carryMetadata } from './carry-metadata.ts';

/** Responses. */
export const responsesEncoder: AnswerEncoder = { whole, stream };

type Json = Record<string, unknown>;

function whole(heading: Heading, closing: Closing): Json {
  const isIncomplete = closing.reason === 'length' || closing.reason === 'content-filter';
  const reason = closing.reason === 'length' ? 'max_output_tokens' : 'content_filter';
  return {
    ...response(heading),
    status: isIncomplete ? 'incomplete' : 'completed',
    completed_at: Math.floor(Date.now() / 1_000),
    incomplete_details: isIncomplete ? { reason } : null,
    output: closing.blocks.map((block, index) => turnOf(heading, block, { index, status: 'completed' })),
    usage: usageOf(closing.tokens),
  };
}

/** What a response says of itself from its beginning: above all, what was asked. */
function response({ id, model, createdAtMs, asked }: Heading): Json {
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: Math.floor(createdAtMs / 1_000),
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: asked.instructions ?? null,
    max_output_tokens: asked.max_output_tokens ?? null,
    model,
    output: [],
    parallel_tool_calls: asked.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null, ...(isObject(asked.reasoning) ? asked.reasoning : {}) },
    store: false,
    temperature: asked.temperature ?? null,
    text: { format: { type: 'text' }, ...(isObject(asked.text) ? asked.text : {}) },
    tool_choice: asked.tool_choice ?? 'auto',
    tools: asked.tools ?? [],
    top_p: asked.top_p ?? null,
    truncation: 'disabled',
    usage: null,
    user: asked.user ?? null,
    metadata: asked.metadata ?? {},
  };
}

function turnOf(heading: Heading, block: Block, { index, status }: { index: number; status: string }): Json {
  const id = turnId(heading, block, index);
  if (block.kind === 'tool')
    return { type: 'function_call', id, call_id: block.id, name: block.name, arguments: block.text, status };
  if (block.kind === 'text') {
    const content = status === 'completed' ? [outputText(block.text)] : [];
    return { type: 'message', id, role: 'assistant', status, content };
  }
  const include = heading.asked.include;
  const isKept = Array.isArray(include) && include.includes('reasoning.encrypted_content');
  const encrypted = isKept ? { encrypted_content: carryMetadata(block.metadata) ?? null } : {};
  const summary = block.text === '' ? [] : [{ type: 'summary_text', text: block.text }];
  return { type: 'reasoning', id, summary, ...encrypted };
}

const PREFIXES = { text: 'msg', reasoning: 'rs', tool: 'fc' } as const;
const turnId = ({ id }: Heading, { kind }: Block, index: number) => `${PREFIXES[kind]}_${id}_${index}`;
const outputText = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] });

function stream(heading: Heading): StreamEncoder {
  let sequence = 0;
  const event = (type: string, more: Json) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more, sequence_number: sequence++ })}\n\n`;
  const at = (block: Block, index: number) => ({
    item_id: turnId(heading, block, index),
    output_index: index,
    ...(block.kind === 'text' ? { content_index: 0 } : {}),
    ...(block.kind === 'reasoning' ? { summary_index: 0 } : {}),
  });

  return {
    begin: () =>
      event('response.created', { response: response(heading) }) +
      event('response.in_progress', { response: response(heading) }),
    start(block, index) {
      const item = turnOf(heading, block, { index, status: 'in_progress' });
      const added = event('response.output_item.added', { output_index: index, item });
      const part = partOf(block, '');
      return part ? added + event(`${part.events}.added`, { ...at(block, index), part: part.json }) : added;
    },
    delta: (block, index, text) =>
      event(`${GROWTH[block.kind]}.delta`, { ...at(block, index), delta: text, ...logprobs(block) }),
    end(block, index) {
      const done = DONE[block.kind];
      const said = event(`${GROWTH[block.kind]}.done`, {
        ...at(block, index),
        [done]: block.text,
        ...(block.kind === 'tool' ? { name: block.name } : logprobs(block)),
      });
      const part = partOf(block, block.text);
      const closed = part ? event(`${part.events}.done`, { ...at(block, index), part: part.json }) : '';
      const item = turnOf(heading, block, { index, status: 'completed' });
      return said + closed + event('response.output_item.done', { output_index: index, item });
    },
    close(closing) {
      const all = whole(heading, closing);
      return event(`response.${String(all.status)}`, { response: all });
    },
  };
}

const GROWTH = {
  text: 'response.output_text',
  reasoning: 'response.reasoning_summary_text',
  tool: 'response.function_call_arguments',
} as const;
const DONE = { text: 'text', reasoning: 'text', tool: 'arguments' } as const;
const logprobs = (block: Block) => (block.kind === 'text' ? { logprobs: [] } : {});

/** The part inside a turn that grows: text in a message, a summary in reasoning. */
function partOf(block: Block, text: string): { events: string; json: Json } | undefined {
  if (block.kind === 'tool') return undefined;
  return block.kind === 'text'
    ? { events: 'response.content_part', json: outputText(text) }
    : { events: 'response.reasoning_summary_part', json: { type: 'summary_text', text } };
}

function usageOf(tokens: TokenCounts) {
  const input_tokens = tokens.input_tokens + tokens.cached_input_tokens;
  const output_tokens = tokens.output_tokens + tokens.reasoning_tokens;
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: tokens.cached_input_tokens },
    output_tokens,
    output_tokens_details: { reasoning_tokens: tokens.reasoning_tokens },
    total_tokens: input_tokens + output_tokens,
  };
}
