// What is read of a chat completion by those who want its words.
import { isObject, parseObject } from '../usage/index.ts';

/** The answer as an object (empty when it is none), and the words of its first choice; no words for a call of tools. */
export function readCompletion(bytes: Buffer): { body: Record<string, unknown>; text: string } {
  const body = (parseObject(bytes) ?? {}) as Record<string, unknown>;
  const [choice] = Array.isArray(body.choices) ? (body.choices as unknown[]) : [];
  const message = isObject(choice) ? choice.message : undefined;
  const content = isObject(message) ? message.content : undefined;
  return { body, text: typeof content === 'string' ? content : '' };
}
