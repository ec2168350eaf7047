// Whether an answer is a valid ending in its caller's own protocol: the whole right answer, or a failure told in that
// protocol's shape. Anything else, such as half an event or broken JSON, is what this proof looks for.
import { WORDS } from './open-exchange.ts';

export type Protocol = 'chat' | 'responses' | 'messages';
export type Answer = { status: number; type: string; text: string };
/** `invalid` says what is wrong; the others are valid endings. */
export type Verdict = { ending: 'answer' | 'failure' } | { ending: 'invalid'; why: string };

const invalid = (why: string): Verdict => ({ ending: 'invalid', why });
type Json = Record<string, unknown>;

/** Judges a whole answer, or a stream if it is one. */
export function judgeAnswer(protocol: Protocol, answer: Answer, isStream: boolean): Verdict {
  const { status, type, text } = answer;
  if (type.startsWith('text/event-stream')) {
    if (!isStream) return invalid('a stream that was not asked for');
    return status === 200 ? judgeStream(protocol, text) : invalid(`a stream with status ${status}`);
  }
  const json = parse(text);
  if (!json) return invalid(`not JSON: ${text.slice(0, 80)}`);
  if (status === 200) {
    if (isStream) return invalid('no stream');
    return textOf(protocol, json) === WORDS
      ? { ending: 'answer' }
      : invalid(`other words: ${text.slice(0, 200)}`);
  }
  if (status < 400 || status > 599) return invalid(`status ${status}`);
  return isError(protocol, json) ? { ending: 'failure' } : invalid(`no error object: ${text.slice(0, 200)}`);
}

function parse(text: string): Json | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return json !== null && typeof json === 'object' ? (json as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** An error as OpenAI's or Anthropic's clients expect it. */
function isError(protocol: Protocol, json: Json): boolean {
  const { error } = json as { error?: { message?: unknown; type?: unknown } };
  if (typeof error?.message !== 'string') return false;
  return protocol !== 'messages' || (json.type === 'error' && typeof error.type === 'string');
}

function textOf(protocol: Protocol, json: Json): unknown {
  if (protocol === 'chat')
    return (json as { choices?: { message?: { content?: unknown } }[] }).choices?.[0]?.message?.content;
  const parts =
    protocol === 'messages'
      ? json.content
      : (json.output as { content?: unknown }[] | undefined)?.[0]?.content;
  return (parts as { text?: unknown }[] | undefined)?.[0]?.text;
}

function judgeStream(protocol: Protocol, text: string): Verdict {
  if (!text.endsWith('\n\n')) return invalid(`half an event: …${text.slice(-80)}`);
  let said = '';
  let end: 'answer' | 'failure' | undefined;
  let hasFinished = false;
  for (const block of text.split(/\r?\n\r?\n/)) {
    const lines = block.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith(':'));
    if (lines.length === 0) continue;
    if (end) return invalid(`goes on behind its end: ${block.slice(0, 80)}`);
    if (lines.some((line) => !/^(data|event|id|retry):/.test(line)))
      return invalid(`no event: ${block.slice(0, 80)}`);
    const value = lines
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(5).trim())
      .join('\n');
    if (value === '[DONE]') end = 'answer';
    else {
      const json = parse(value);
      if (!json) return invalid(`broken event: ${block.slice(0, 80)}`);
      said += deltaOf(protocol, json);
      end = endOf(protocol, json);
      hasFinished ||= protocol === 'chat' && /"finish_reason":"/.test(value);
    }
  }
  // Some providers leave `[DONE]` out; the reason why the model finished is an end for all clients.
  if (!end && hasFinished) end = 'answer';
  if (!end) return invalid(`no end: …${text.slice(-120)}`);
  return end === 'failure' || said === WORDS ? { ending: end } : invalid(`other words: ${said}`);
}

function deltaOf(protocol: Protocol, json: Json): string {
  if (protocol === 'chat') {
    const { choices } = json as { choices?: { delta?: { content?: string | null } }[] };
    return choices?.[0]?.delta?.content ?? '';
  }
  if (protocol === 'responses') return json.type === 'response.output_text.delta' ? String(json.delta) : '';
  const { delta } = json as { delta?: { text?: string } };
  return json.type === 'content_block_delta' ? (delta?.text ?? '') : '';
}

function endOf(protocol: Protocol, json: Json): 'answer' | 'failure' | undefined {
  if (json.error !== undefined && json.error !== null && isError(protocol, json)) return 'failure';
  if (protocol === 'responses') {
    if (json.type === 'response.completed') return 'answer';
    return json.type === 'error' || json.type === 'response.failed' ? 'failure' : undefined;
  }
  return protocol === 'messages' && json.type === 'message_stop' ? 'answer' : undefined;
}
