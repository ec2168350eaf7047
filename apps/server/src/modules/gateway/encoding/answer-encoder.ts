// What an encoder makes of an answer: the same blocks whether it comes whole or as a stream, so that both say the same.
import type { LanguageModelV4FinishReason, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { TokenCounts } from '../ledger/index.ts';

/** A piece of an answer: text, reasoning, or the call of a tool, whose text is its arguments. */
export type Block = {
  kind: 'text' | 'reasoning' | 'tool';
  /** The id of the call of a tool, and its name; otherwise empty. */
  id: string;
  name: string;
  text: string;
  metadata: SharedV4ProviderMetadata | undefined;
};

/** What is said of an answer as a whole. */
export type Closing = {
  blocks: readonly Block[];
  reason: LanguageModelV4FinishReason['unified'];
  tokens: TokenCounts;
};

/** What is known before the answer: its id (a UUID), the model, the time, and what was asked. */
export type Heading = {
  id: string;
  model: string;
  createdAtMs: number;
  asked: Readonly<Record<string, unknown>>;
};

/** Writes one answer as a stream; each step gives the text of events, perhaps none. */
export type StreamEncoder = {
  begin(): string;
  start(block: Block, index: number): string;
  delta(block: Block, index: number, text: string): string;
  end(block: Block, index: number): string;
  /** The events that end the stream, which are held back until the call is settled. */
  close(closing: Closing): string;
};

/** Writes answers in the words of one protocol. */
export type AnswerEncoder = {
  whole(heading: Heading, closing: Closing): Record<string, unknown>;
  stream(heading: Heading): StreamEncoder;
};

/** Whether the answer ends with calls of tools that the caller is to make. */
export function callsTools({ blocks, reason }: Closing): boolean {
  const isCutShort = reason === 'length' || reason === 'content-filter';
  return !isCutShort && blocks.some((block) => block.kind === 'tool');
}

/** The blocks' texts of a kind, one after the other. */
export function textOf(blocks: readonly Block[], kind: Block['kind']): string {
  let text = '';
  for (const block of blocks) if (block.kind === kind) text += block.text;
  return text;
}
