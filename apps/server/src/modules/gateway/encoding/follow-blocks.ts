// Follows the parts of a canonical stream and tells an encoder of blocks that begin, grow and end, one after the other: providers
// differ in when they say that something ended, and in whether they say it at all.
import type {
  LanguageModelV4Content,
  LanguageModelV4StreamPart,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import type { Block, StreamEncoder } from './encoder.ts';

export type BlockFollower = {
  blocks: Block[];
  /** The events that a part becomes; empty when it becomes none. */
  push(part: LanguageModelV4StreamPart): string;
  /** Ends what is still open. */
  end(): string;
};

type Open = { block: Block; index: number };

/** Follows one stream for an encoder. */
export function followBlocks(encoder: Pick<StreamEncoder, 'start' | 'delta' | 'end'>): BlockFollower {
  const blocks: Block[] = [];
  /** The text or reasoning that grows just now, by the provider's id; and the tools that are not complete. */
  let spoken: (Open & { key: string }) | undefined;
  const tools = new Map<string, Open>();

  function open(block: Omit<Block, 'text'>): [Open, string] {
    const opened = { block: { ...block, text: '' }, index: blocks.length };
    blocks.push(opened.block);
    return [opened, encoder.start(opened.block, opened.index)];
  }
  function grow({ block, index }: Open, text: string): string {
    if (text === '') return '';
    block.text += text;
    return encoder.delta(block, index, text);
  }
  function endSpoken(): string {
    if (!spoken) return '';
    const { block, index } = spoken;
    spoken = undefined;
    return encoder.end(block, index);
  }
  function speak(kind: 'text' | 'reasoning', said: Said): string {
    const key = `${kind} ${said.id}`;
    let events = '';
    if (spoken?.key !== key) {
      if ((said.delta ?? '') === '' && !said.providerMetadata) return ''; // nothing to begin for
      events += endSpoken();
      const [opened, begun] = open({ kind, id: '', name: '', metadata: undefined });
      spoken = { ...opened, key };
      events += begun;
    }
    spoken.block.metadata = merge(spoken.block.metadata, said.providerMetadata);
    return events + grow(spoken, said.delta ?? '');
  }
  function openTool(id: string, name: string): string {
    const ended = endSpoken();
    const [opened, begun] = open({ kind: 'tool', id, name, metadata: undefined });
    tools.set(id, opened);
    return ended + begun;
  }
  function endTool(id: string, input: string): string {
    const tool = tools.get(id);
    if (!tool) return '';
    tools.delete(id);
    const rest = tool.block.text === '' ? grow(tool, input) : '';
    return rest + encoder.end(tool.block, tool.index);
  }
  function push(part: LanguageModelV4StreamPart): string {
    if (part.type === 'text-start' || part.type === 'text-delta') return speak('text', part);
    if (part.type === 'reasoning-start' || part.type === 'reasoning-delta') return speak('reasoning', part);
    if (part.type === 'text-end' || part.type === 'reasoning-end') return endOf(part);
    if (part.type === 'tool-input-start') return openTool(part.id, part.toolName);
    if (part.type === 'tool-input-delta') {
      const tool = tools.get(part.id);
      return tool ? grow(tool, part.delta) : '';
    }
    if (part.type !== 'tool-call') return '';
    const begun = tools.has(part.toolCallId) ? '' : openTool(part.toolCallId, part.toolName);
    return begun + endTool(part.toolCallId, part.input);
  }
  function endOf(part: Said & { type: 'text-end' | 'reasoning-end' }): string {
    const kind = part.type === 'text-end' ? 'text' : 'reasoning';
    const opened = part.providerMetadata ? speak(kind, part) : '';
    return spoken?.key === `${kind} ${part.id}` ? opened + endSpoken() : opened;
  }
  function end(): string {
    let events = endSpoken();
    for (const id of [...tools.keys()]) events += endTool(id, '{}');
    return events;
  }
  return { blocks, push, end };
}

type Said = { id: string; delta?: string; providerMetadata?: SharedV4ProviderMetadata };

function merge(
  before: SharedV4ProviderMetadata | undefined,
  more: SharedV4ProviderMetadata | undefined,
): SharedV4ProviderMetadata | undefined {
  if (!before || !more) return more ?? before;
  const merged = { ...before };
  for (const [provider, said] of Object.entries(more)) merged[provider] = { ...merged[provider], ...said };
  return merged;
}

/** The blocks of a whole answer. */
export function blocksOf(content: readonly LanguageModelV4Content[]): Block[] {
  const blocks: Block[] = [];
  for (const part of content) {
    const metadata = 'providerMetadata' in part ? part.providerMetadata : undefined;
    if (part.type === 'text' || part.type === 'reasoning') {
      if (part.text !== '' || metadata)
        blocks.push({ kind: part.type, id: '', name: '', text: part.text, metadata });
    } else if (part.type === 'tool-call')
      blocks.push({ kind: 'tool', id: part.toolCallId, name: part.toolName, text: part.input, metadata });
  }
  return blocks;
}
