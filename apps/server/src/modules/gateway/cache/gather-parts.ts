// Lets a stream of parts pass and puts together on the side what it was, so that it can be kept. Nothing is kept of a stream
// that ends early, fails or grows too large.
import type {
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';

type Gathered = { byId: Map<string, LanguageModelV4Content>; characters: number; modelId?: string };

const CHARACTERS_MAX = 500_000;

/** The same stream; `whole` is called with the result before its last part is passed on. */
export function gatherParts(
  parts: ReadableStream<LanguageModelV4StreamPart>,
  whole: (result: LanguageModelV4GenerateResult) => void,
): ReadableStream<LanguageModelV4StreamPart> {
  let gathered: Gathered | undefined = { byId: new Map(), characters: 0 };
  return parts.pipeThrough(
    new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
      transform(part, controller) {
        if (part.type === 'finish' && gathered) {
          const { byId, modelId } = gathered;
          const { usage, finishReason } = part;
          const response = modelId === undefined ? {} : { modelId };
          whole({ content: [...byId.values()], finishReason, usage, warnings: [], response });
        } else if (gathered && !gatherPart(gathered, part)) gathered = undefined;
        controller.enqueue(part);
      },
    }),
  );
}

/** Takes a part in; false when the answer cannot be kept. */
function gatherPart(gathered: Gathered, part: LanguageModelV4StreamPart): boolean {
  const { byId } = gathered;
  if (part.type === 'response-metadata') {
    if (part.modelId !== undefined) gathered.modelId = part.modelId;
  } else if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
    const kind = part.type === 'text-delta' ? 'text' : 'reasoning';
    const key = `${kind} ${part.id}`;
    const known = byId.get(key);
    const before = known?.type === kind ? known.text : '';
    byId.set(key, { type: kind, text: before + part.delta });
    gathered.characters += part.delta.length;
  } else if (part.type === 'tool-call') {
    byId.set(`call ${part.toolCallId}`, part);
    gathered.characters += part.input.length;
  } else if (part.type === 'text-end' && part.citations) return false;
  else if (['error', 'file', 'source', 'tool-result', 'reasoning-file', 'custom'].includes(part.type))
    return false;
  return gathered.characters <= CHARACTERS_MAX;
}
