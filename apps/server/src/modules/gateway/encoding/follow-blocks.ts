// Follows the parts of a canonical stream and tells an encoder of blocks that begin, grow and end, one after the other: providers
// differ in when they say that something ended, and in whether they say it at all.
import type {
  LanguageModelV4Content,
  LanguageModelV4StreamPart,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import type { Block, StreamEncoder } from './answer-encoder.ts';

export type BlockFollower = {
  blocks: Block[];
  /** The events that a part becomes; empty when it becomes none. */
  push(part: LanguageModelV4StreamPart): string;
  /** Ends what is still open. */
  end(): string;
};

type Open = { block: Block; index: number };
type State = {
  encoder: Pick<StreamEncoder, 'start' | 'delta' | 'end'>;
  blocks: Block[];
  /** The text or reasoning that grows just now, by the provider's id. */
  spoken: (Open & { key: string }) | undefined;
  /** Calls of tools that are not complete, by their ids. */
  tools: Map<string, Open>;
};

/** Follows one stream for an encoder. */
export function followBlocks(encoder: State['encoder']): BlockFollower {
  const state: State = { encoder, blocks: [], spoken: undefined, tools: new Map() };
  return {
    blocks: state.blocks,
    push: (part) => follow(state, part),
    end() {
      let events = endSpoken(state);
      for (const id of [...state.tools.keys()]) events += endTool(state, id, '{}');
      return events;
    },
  };
}

function follow(state: State, part: LanguageModelV4StreamPart): string {
  switch (part.type) {
    case 'text-start':
    case 'text-delta':
      return speak(state, 'text', part);
    case 'reasoning-start':
    case 'reasoning-delta':
      return speak(state, 'reasoning', part);
    case 'text-end':
      return fallSilent(state, 'text', part);
    case 'reasoning-end':
      return fallSilent(state, 'reasoning', part);
    case 'tool-input-start':
      return openTool(state, part.id, part.toolName);
    case 'tool-input-delta': {
      const tool = state.tools.get(part.id);
      return tool ? grow(state, tool, part.delta) : '';
    }
    case 'tool-call': {
      const begun = state.tools.has(part.toolCallId) ? '' : openTool(state, part.toolCallId, part.toolName);
      return begun + endTool(state, part.toolCallId, part.input);
    }
    default:
      return '';
  }
}

type Kind = 'text' | 'reasoning';
type Said = { id: string; delta?: string; providerMetadata?: SharedV4ProviderMetadata };

/** Says something more of a text; one that has nothing to say is not begun. */
function speak(state: State, kind: Kind, said: Said): string {
  const { delta = '', providerMetadata } = said;
  const key = `${kind} ${said.id}`;
  let events = '';
  if (state.spoken?.key !== key) {
    if (delta === '' && !providerMetadata) return '';
    events = endSpoken(state);
    const [opened, begun] = open(state, { kind, id: '', name: '', metadata: undefined });
    state.spoken = { ...opened, key };
    events += begun;
  }
  const { spoken } = state;
  spoken.block.metadata = merge(spoken.block.metadata, providerMetadata);
  return events + grow(state, spoken, delta);
}

function fallSilent(state: State, kind: Kind, said: Said): string {
  const last = said.providerMetadata ? speak(state, kind, said) : '';
  return state.spoken?.key === `${kind} ${said.id}` ? last + endSpoken(state) : last;
}

function open({ encoder, blocks }: State, named: Omit<Block, 'text'>): [Open, string] {
  const opened = { block: { ...named, text: '' }, index: blocks.length };
  blocks.push(opened.block);
  return [opened, encoder.start(opened.block, opened.index)];
}

function grow({ encoder }: State, { block, index }: Open, text: string): string {
  if (text === '') return '';
  block.text += text;
  return encoder.delta(block, index, text);
}

function endSpoken(state: State): string {
  const { spoken, encoder } = state;
  state.spoken = undefined;
  return spoken ? encoder.end(spoken.block, spoken.index) : '';
}

function openTool(state: State, id: string, name: string): string {
  const ended = endSpoken(state);
  const [opened, begun] = open(state, { kind: 'tool', id, name, metadata: undefined });
  state.tools.set(id, opened);
  return ended + begun;
}

/** Ends the call of a tool; its arguments come with the end where they did not come in pieces. */
function endTool(state: State, id: string, input: string): string {
  const tool = state.tools.get(id);
  if (!tool) return '';
  state.tools.delete(id);
  const rest = tool.block.text === '' ? grow(state, tool, input) : '';
  return rest + state.encoder.end(tool.block, tool.index);
}

function merge(
  before: SharedV4ProviderMetadata | undefined,
  more: SharedV4ProviderMetadata | undefined,
): SharedV4ProviderMetadata | undefined {
  if (!before || !more) return more ?? before;
  const merged = { ...before };
  for (const [provider, said] of Object.entries(more)) merged[provider] = { ...merged[provider], ...said };
  return merged;
}

/** The blocks of a whole answer; what is neither text, reasoning nor the call of a tool is none. */
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
