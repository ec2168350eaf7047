// Canonical answers in the words of the callers' protocols.
import type { Surface } from '../wires/index.ts';
import type { AnswerEncoder } from './answer-encoder.ts';
import { chatEncoder } from './chat-encoder.ts';
import { messagesEncoder } from './messages-encoder.ts';
import { responsesEncoder } from './responses-encoder.ts';

export type { AnswerEncoder, Block, Closing, Heading, StreamEncoder } from './answer-encoder.ts';
export { type BlockFollower, blocksOf, followBlocks } from './follow-blocks.ts';

/** How each surface that can be translated is answered. */
export const encoders: Readonly<Partial<Record<Surface, AnswerEncoder>>> = {
  'chat.completions': chatEncoder,
  responses: responsesEncoder,
  messages: messagesEncoder,
};
