// What a caller of `/v1/embeddings` asks for, understood for a provider that speaks another protocol. What cannot be carried is
// refused by its name, never left out silently.

import { failureOf } from '../relay/failure-of.ts';
import { AskError } from '../relay/read-ask.ts';

/** For what the vectors are used: some models embed a question otherwise than the texts it is asked of. */
export type InputType = 'search_document' | 'search_query' | 'classification' | 'clustering';

export type EmbeddingAsk = {
  texts: string[];
  encoding: 'float' | 'base64';
  dimensions: number | undefined;
  inputType: InputType;
};

const TEXTS_MAX = 2_048;
const DIMENSIONS_MAX = 65_536;
const INPUT_TYPES: ReadonlySet<unknown> = new Set([
  'search_document',
  'search_query',
  'classification',
  'clustering',
]);
/** `user` is for OpenAI's own watch over abuse; nothing is lost without it. */
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'input',
  'encoding_format',
  'dimensions',
  'input_type',
  'user',
]);

/** Reads the body; throws AskError, whose failure names the field. */
export function readEmbeddingAsk(json: Readonly<Record<string, unknown>>): EmbeddingAsk {
  for (const [name, value] of Object.entries(json))
    if (!KNOWN.has(name) && value !== null)
      throw refused(`"${name}" is not known to the provider of this model.`);
  return {
    texts: textsIn(json.input),
    encoding: encodingIn(json.encoding_format),
    dimensions: dimensionsIn(json.dimensions),
    inputType: inputTypeIn(json.input_type),
  };
}

function textsIn(input: unknown): string[] {
  const texts = typeof input === 'string' ? [input] : input;
  if (!Array.isArray(texts) || texts.length === 0 || texts.length > TEXTS_MAX)
    throw refused(`"input" is a text, or a list of 1 to ${TEXTS_MAX.toLocaleString('en')} texts.`);
  if (!texts.every((text): text is string => typeof text === 'string' && text !== ''))
    throw refused(
      '"input" holds something else than texts. The provider of this model takes no token numbers and no empty text.',
    );
  return texts;
}

function encodingIn(format: unknown): 'float' | 'base64' {
  if (format === undefined || format === null || format === 'float') return 'float';
  if (format === 'base64') return 'base64';
  throw refused('"encoding_format" is "float" or "base64".');
}

function dimensionsIn(dimensions: unknown): number | undefined {
  if (dimensions === undefined || dimensions === null) return undefined;
  if (Number.isInteger(dimensions) && (dimensions as number) > 0 && (dimensions as number) <= DIMENSIONS_MAX)
    return dimensions as number;
  throw refused('"dimensions" is a whole number from 1 on.');
}

/** OpenAI's protocol does not say it; what is embedded is mostly what is searched. */
function inputTypeIn(type: unknown): InputType {
  if (type === undefined || type === null) return 'search_document';
  if (INPUT_TYPES.has(type)) return type as InputType;
  throw refused('"input_type" is search_document, search_query, classification or clustering.');
}

function refused(message: string): AskError {
  return new AskError(failureOf('not_translatable', { message }));
}
