// Canonical answers in the words of the callers' protocols.
import type { Surface } from '../wires/index.ts';
import { chatEncoder } from './encode-chat.ts';
import { messagesEncoder } from './encode-messages.ts';
import { responsesEncoder } from './encode-responses.ts';
import type { Encoder } from './encoder.ts';

export type { Block, Closing, Encoder, Heading, StreamEncoder } from './encoder.ts';
export { type BlockFollower, blocksOf, followBlocks } from './follow-blocks.ts';

/** How each surface that can be translated is answered. */
export const encoders: Readonly<Partial<Record<Surface, Encoder>>> = {
  'chat.completions': chatEncoder,
  responses: responsesEncoder,
  messages: messagesEncoder,
};
