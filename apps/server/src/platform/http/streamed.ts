// An answer that is written as it comes, from an endpoint of the contract: the route returns it in place of its output.
import type { FastifyReply, FastifyRequest } from 'fastify';

export type StreamWriter = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

const marked = new WeakSet<object>();

/** Makes an answer of a writer, which answers on the reply itself. */
export function streamed(write: StreamWriter): never {
  const answer = { write };
  marked.add(answer);
  return answer as never;
}

/** Whether a route returned a stream instead of its output. */
export function isStreamed(result: unknown): result is { write: StreamWriter } {
  return typeof result === 'object' && result !== null && marked.has(result);
}
