// The protocols that the relay passes on, each by the address it is spoken at.
import { countTokensWire, messagesWire } from './messages-wire.ts';
import { chatWire, completionsWire, embeddingsWire } from './openai-wires.ts';
import { responsesWire } from './responses-wire.ts';
import type { Surface, Wire } from './wire.ts';

export { encodeAnthropicError } from './messages-wire.ts';
export type { Protocol, Surface, Wire } from './wire.ts';

/** The wire of each surface. */
export const wires: Readonly<Record<Surface, Wire>> = {
  'chat.completions': chatWire,
  completions: completionsWire,
  embeddings: embeddingsWire,
  responses: responsesWire,
  messages: messagesWire,
  'messages.count_tokens': countTokensWire,
};
