// What is said in every measured call: one question, one answer, whole or in twenty pieces. The upstream says it, the
// load generator expects exactly it, so that a gateway that loses or changes text is found out.

export const MODEL = 'gpt-4o-mini';
const QUESTION =
  'A courtyard has five floors of flats around it, and every floor has eight doors. Each door has its own lock, ' +
  'and the caretaker has one key that opens none of the flats. Explain in two sentences why that is a good thing.';

/** The twenty pieces of a streamed answer. */
export const PIECES = Array.from({ length: 20 }, (_, index) => `piece ${index} of twenty, `);
export const ANSWER = PIECES.join('');
export const USAGE = { prompt_tokens: 57, completion_tokens: 100, total_tokens: 157 };

/** The JSON body that every peer is sent; usage is asked for so that each of them can account by the same numbers. */
export function writeBody(stream: boolean): string {
  const ask = { model: MODEL, messages: [{ role: 'user', content: QUESTION }], max_tokens: 200 };
  return JSON.stringify(stream ? { ...ask, stream: true, stream_options: { include_usage: true } } : ask);
}

type Choice = { message?: { content?: string }; delta?: { content?: string | null } };
type Chunk = { choices?: Choice[]; usage?: { total_tokens?: number } | null };

/** Tells whether a whole, decoded body carries the full answer, the usage and (streams) the closing [DONE]. */
export function isRight(body: string, stream: boolean): boolean {
  try {
    if (!stream) {
      const whole = JSON.parse(body) as Chunk;
      return (
        whole.choices?.[0]?.message?.content === ANSWER && whole.usage?.total_tokens === USAGE.total_tokens
      );
    }
    const events = body.split('\n').filter((line) => line.startsWith('data: '));
    if (events.pop()?.trim() !== 'data: [DONE]') return false;
    const chunks = events.map((line) => JSON.parse(line.slice(6)) as Chunk);
    const text = chunks.map((chunk) => chunk.choices?.[0]?.delta?.content ?? '').join('');
    return text === ANSWER && chunks.some((chunk) => chunk.usage?.total_tokens === USAGE.total_tokens);
  } catch {
    return false;
  }
}
