// Answers in the words of Anthropic's Messages. How many tokens there were is known at the end only: the beginning of a stream
// says zero, and `message_delta` says all of it. Format: Anthropic's API reference.
import type { TokenCounts } from '../ledger/index.ts';
import {
  type AnswerEncoder,
  type Block,
  type Closing,
  callsTools,
  type Heading,
  type StreamEncoder,
} from './answer-encoder.ts';
import { carryMetadata } from './carry-metadata.ts';

/** Messages. */
export const messagesEncoder: AnswerEncoder = { whole, stream };

const NO_TOKENS: TokenCounts = {
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
};

function whole(heading: Heading, closing: Closing): Record<string, unknown> {
  const content = closing.blocks.map((block) => ({
    ...emptyBlock(block),
    ...(block.kind === 'text' ? { text: block.text } : {}),
    ...(block.kind === 'reasoning' ? { thinking: block.text, signature: signatureOf(block) } : {}),
    ...(block.kind === 'tool' ? { input: inputOf(block.text) } : {}),
  }));
  return message(heading, { content, stop_reason: reasonOf(closing), usage: usageOf(closing.tokens) });
}

function message({ id, model }: Heading, more: Record<string, unknown>): Record<string, unknown> {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', model, stop_sequence: null, ...more };
}

function emptyBlock({ kind, id, name }: Block): Record<string, unknown> {
  if (kind === 'tool') return { type: 'tool_use', id, name, input: {} };
  return kind === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' };
}

function stream(heading: Heading): StreamEncoder {
  return {
    begin: () =>
      event('message_start', {
        message: message(heading, { content: [], stop_reason: null, usage: usageOf(NO_TOKENS) }),
      }),
    start: (block, index) => event('content_block_start', { index, content_block: emptyBlock(block) }),
    delta: (block, index, text) => event('content_block_delta', { index, delta: deltaOf(block, text) }),
    end(block, index) {
      const signature = block.kind === 'reasoning' ? signatureOf(block) : '';
      const signed =
        signature === ''
          ? ''
          : event('content_block_delta', { index, delta: { type: 'signature_delta', signature } });
      return signed + event('content_block_stop', { index });
    },
    close(closing) {
      const delta = { stop_reason: reasonOf(closing), stop_sequence: null };
      return event('message_delta', { delta, usage: usageOf(closing.tokens) }) + event('message_stop', {});
    },
  };
}

const event = (type: string, more: Record<string, unknown>) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

function deltaOf(block: Block, text: string): Record<string, unknown> {
  if (block.kind === 'tool') return { type: 'input_json_delta', partial_json: text };
  return block.kind === 'text' ? { type: 'text_delta', text } : { type: 'thinking_delta', thinking: text };
}

/** What the provider wants to see again with its reasoning; an empty text when that is nothing. */
function signatureOf(block: Block): string {
  return carryMetadata(block.metadata) ?? '';
}

/** A model may write arguments that are no JSON object; the caller sees them as they are. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    return { arguments: text };
  }
}

function reasonOf(closing: Closing): string {
  if (callsTools(closing)) return 'tool_use';
  if (closing.reason === 'content-filter') return 'refusal';
  return closing.reason === 'length' ? 'max_tokens' : 'end_turn';
}

function usageOf(tokens: TokenCounts) {
  return {
    input_tokens: tokens.input_tokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: tokens.cached_input_tokens,
    output_tokens: tokens.output_tokens + tokens.reasoning_tokens,
  };
}
