// Answers in the words of OpenAI's chat completions. Reasoning stands in `reasoning_content`, as the providers of this protocol
// that reason have it. Format: OpenAI's API reference.
import type { TokenCounts } from '../ledger/index.ts';
import { isObject } from '../usage/index.ts';
import {
  type AnswerEncoder,
  type Block,
  type Closing,
  callsTools,
  type Heading,
  type StreamEncoder,
  textOf,
} from './answer-encoder.ts';

/** Chat completions. */
export const chatEncoder: AnswerEncoder = { whole, stream };

function whole(heading: Heading, closing: Closing): Record<string, unknown> {
  const { blocks } = closing;
  const text = textOf(blocks, 'text');
  const reasoning = textOf(blocks, 'reasoning');
  const tools = blocks.filter((block) => block.kind === 'tool');
  const message = {
    role: 'assistant',
    content: text === '' && tools.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(tools.length === 0 ? {} : { tool_calls: tools.map(toolCall) }),
  };
  return {
    ...headOf(heading, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: reasonOf(closing) }],
    usage: usageOf(closing.tokens),
    ...insulaOf(blocks),
  };
}

/** What the built-in model says besides: where its quotations stand. */
function insulaOf(blocks: readonly Block[]) {
  const said = blocks.find((block) => block.metadata?.insula)?.metadata?.insula;
  return said ? { insula: said } : {};
}

function headOf({ id, model, createdAtMs }: Heading, object: string) {
  return { id: `chatcmpl-${id}`, object, created: Math.floor(createdAtMs / 1_000), model };
}

function toolCall({ id, name, text }: Block) {
  return { id, type: 'function', function: { name, arguments: text } };
}

function stream(heading: Heading): StreamEncoder {
  const head = headOf(heading, 'chat.completion.chunk');
  const options = heading.asked.stream_options;
  const reportsUsage = isObject(options) && options.include_usage === true;
  const unused = reportsUsage ? { usage: null } : {};
  const tools = new Map<Block, number>();
  const chunk = (delta: Record<string, unknown>, finish_reason: string | null = null, more = {}) =>
    event({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason }], ...unused, ...more });
  const toolDelta = (block: Block, more: Record<string, unknown>) =>
    chunk({ tool_calls: [{ index: tools.get(block), ...more }] });

  return {
    begin: () => chunk({ role: 'assistant', content: '', refusal: null }),
    start(block) {
      if (block.kind !== 'tool') return '';
      tools.set(block, tools.size);
      return toolDelta(block, {
        id: block.id,
        type: 'function',
        function: { name: block.name, arguments: '' },
      });
    },
    delta(block, _index, text) {
      if (block.kind === 'tool') return toolDelta(block, { function: { arguments: text } });
      return chunk(block.kind === 'text' ? { content: text } : { reasoning_content: text });
    },
    end: () => '',
    close(closing) {
      const report = reportsUsage ? event({ ...head, choices: [], usage: usageOf(closing.tokens) }) : '';
      return `${chunk({}, reasonOf(closing), insulaOf(closing.blocks))}${report}data: [DONE]\n\n`;
    },
  };
}

const event = (json: Record<string, unknown>) => `data: ${JSON.stringify(json)}\n\n`;

function reasonOf(closing: Closing): string {
  if (callsTools(closing)) return 'tool_calls';
  if (closing.reason === 'content-filter') return 'content_filter';
  return closing.reason === 'length' ? 'length' : 'stop';
}

function usageOf(tokens: TokenCounts) {
  const prompt_tokens = tokens.input_tokens + tokens.cached_input_tokens;
  const completion_tokens = tokens.output_tokens + tokens.reasoning_tokens;
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details: { cached_tokens: tokens.cached_input_tokens },
    completion_tokens_details: { reasoning_tokens: tokens.reasoning_tokens },
  };
}
