// Building the canonical prompt turn by turn: what one side says in a row is one turn, because providers want it so, and a
// tool's result is matched with the call it answers.
import type {
  LanguageModelV4FilePart,
  LanguageModelV4Prompt,
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import { refuse } from './read-shape.ts';

type Said = LanguageModelV4TextPart | LanguageModelV4FilePart;
type Answered = Said | LanguageModelV4ReasoningPart | LanguageModelV4ToolCallPart;
type ToolOutput = LanguageModelV4ToolResultPart['output'];

export type PromptBuilder = {
  prompt: LanguageModelV4Prompt;
  addSystem(text: string): void;
  addUser(parts: Said[]): void;
  addAssistant(parts: Answered[]): void;
  /** A call by the model; `input` is the text of a JSON object, or the object. */
  callOf(field: string, call: { id: string; name: string; input: unknown }): LanguageModelV4ToolCallPart;
  /** The result of an earlier call; throws AskError when there was none with this id. */
  addResult(field: string, id: string, output: ToolOutput): void;
};

/** Begins a prompt that is built turn by turn. */
export function buildPrompt(): PromptBuilder {
  const prompt: LanguageModelV4Prompt = [];
  const names = new Map<string, string>();

  return {
    prompt,
    addSystem: (content) => void prompt.push({ role: 'system', content }),
    addUser: (content) => void prompt.push({ role: 'user', content }),
    addAssistant(parts) {
      const last = prompt.at(-1);
      if (last?.role === 'assistant') last.content.push(...parts);
      else prompt.push({ role: 'assistant', content: [...parts] });
    },
    callOf(field, { id, name, input }) {
      names.set(id, name);
      const read = typeof input === 'string' ? readInput(field, input) : input;
      return { type: 'tool-call', toolCallId: id, toolName: name, input: read };
    },
    addResult(field, id, output) {
      const toolName = names.get(id);
      if (toolName === undefined) throw refuse(field, 'no call of a tool before it has this id');
      const part = { type: 'tool-result' as const, toolCallId: id, toolName, output };
      const last = prompt.at(-1);
      if (last?.role === 'tool') last.content.push(part);
      else prompt.push({ role: 'tool', content: [part] });
    },
  };
}

function readInput(field: string, text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw refuse(field, 'this is the text of a JSON object');
  }
}
