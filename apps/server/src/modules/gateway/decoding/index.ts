// Bodies of the callers' protocols as canonical calls (the call options of the AI SDK): what guardrails, caches and translation
// work on.
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { Surface } from '../wires/index.ts';
import { decodeChat } from './decode-chat.ts';
import { decodeMessages } from './decode-messages.ts';
import { decodeResponses } from './decode-responses.ts';

type Decode = (json: Readonly<Record<string, unknown>>) => LanguageModelV4CallOptions;

/** How each surface that can be translated is decoded. Throws AskError, whose failure names what cannot be carried. */
export const decoders: Readonly<Partial<Record<Surface, Decode>>> = {
  'chat.completions': decodeChat,
  responses: decodeResponses,
  messages: decodeMessages,
  'messages.count_tokens': (json) => decodeMessages({ max_tokens: 1, ...json }),
};
