// The built-in answerer for workspaces without a language model: it quotes the sentences of the workspace's documents that
// answer best, says where they stand, and says plainly that it is no language model.
import { Problem } from '@insula/contract';
import { type Actor, actorMay } from '../../../platform/actor.ts';
import type { BuiltInAnswer, Citation } from '../../gateway/index.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { searchKnowledge } from '../search/search-knowledge.ts';
import { chooseSentences, type Quote } from './choose-sentences.ts';
import { type Conversation, type Quotable, readConversation, type Said } from './read-conversation.ts';

export type Asked = { actor: Actor; workspaceId: string; messages: Said[]; signal?: AbortSignal | undefined };

const PASSAGES = 12;
const NO_MODEL =
  "No language model is connected to this workspace: these are quotations, not an answer written by a model. To connect one, save a provider's key (`insula credential create`), or start Ollama on the server's machine.";

/** Answers the last question of a conversation; quotes nothing but what the actor may search, or was given in the messages. */
export async function answerQuestion(deps: KnowledgeDeps, asked: Asked): Promise<BuiltInAnswer> {
  const conversation = readConversation(asked.messages);
  if (conversation.question === '')
    return plainly('Ask a question, and you get what your documents say about it.');
  const { passages, nothing } = await passagesFor(deps, asked, conversation);
  if (passages.length === 0) return plainly(nothing);
  const quotes = await chooseSentences(conversation.question, passages, (texts) =>
    deps.embeddings.embed(texts, asked.signal ? { signal: asked.signal } : {}),
  );
  if (quotes.length === 0)
    return plainly(
      'Nothing that was searched answers this. Ask with other words, or upload a document about it.',
    );
  return writeQuotes(quotes);
}

const plainly = (text: string): BuiltInAnswer => ({ text: `${text}\n\n${NO_MODEL}`, citations: [] });

async function passagesFor(
  deps: KnowledgeDeps,
  { actor, workspaceId }: Asked,
  { question, history, given }: Conversation,
): Promise<{ passages: Quotable[]; nothing: string }> {
  if (given.length > 0) return { passages: given, nothing: '' };
  if (!actorMay(actor, 'knowledge:search', workspaceId)) return { passages: [], nothing: MAY_NOT };
  try {
    const found = await searchKnowledge(deps, actor, {
      ...{ workspace_id: workspaceId, query: question, limit: PASSAGES, highlight: false },
      ...(history.length > 0 ? { history } : {}),
    });
    const passages = found.data.map((hit) => ({
      id: hit.id,
      documentId: hit.document.id,
      documentKey: hit.document.id,
      title: hit.document.title,
      page: hit.page_start,
      text: hit.text,
    }));
    return { passages, nothing: found.reason?.detail ?? 'Nothing was found.' };
  } catch (error) {
    if (error instanceof Problem) return { passages: [], nothing: error.message };
    throw error;
  }
}

const MAY_NOT =
  'You may not search the documents of this workspace. Ask for the permission knowledge:search, or use an API key with the scope "search".';

function writeQuotes(quotes: Quote[]): BuiltInAnswer {
  const numbers = new Map<string, number>();
  const numberOf = ({ title, page, documentKey }: Quotable) => {
    const place = JSON.stringify([documentKey, title, page]);
    if (!numbers.has(place)) numbers.set(place, numbers.size + 1);
    return numbers.get(place)!;
  };
  const citations = quotes.map(
    ({ passage }): Citation => ({
      number: numberOf(passage),
      chunk_id: passage.id,
      document_id: passage.documentId,
      title: passage.title,
      page: passage.page,
    }),
  );
  const said = quotes.map(({ text }, i) => `> ${text} [${citations[i]!.number}]`).join('\n>\n');
  const cited = [...new Map(citations.map((one) => [one.chunk_id, one])).values()];
  const notes = [...new Map(citations.map((one) => [one.number, one])).values()].map(
    ({ number, title, page }) => `[${number}] ${title}${page === null ? '' : `, page ${page}`}`,
  );
  return { text: `${said}\n\n${notes.join('\n')}\n\n${NO_MODEL}`, citations: cited };
}
