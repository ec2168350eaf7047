// The protocols that the relay passes on, each by the address it is spoken at.

import { chatWire, completionsWire, embeddingsWire } from './chat-wire.ts';
import { countTokensWire, messagesWire } from './messages-wire.ts';
import { responsesWire } from './responses-wire.ts';
import type { Surface, SurfaceWire } from './surface-wire.ts';

export { encodeAnthropicError } from './messages-wire.ts';
export type { Protocol, Surface, SurfaceWire as Wire } from './surface-wire.ts';

/** The wire of each surface. */
export const wires: Readonly<Record<Surface, SurfaceWire>> = {
  'chat.completions': chatWire,
  completions: completionsWire,
  embeddings: embeddingsWire,
  responses: responsesWire,
  messages: messagesWire,
  'messages.count_tokens': countTokensWire,
};
