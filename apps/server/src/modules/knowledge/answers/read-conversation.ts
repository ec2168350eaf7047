// What is asked, and from what it is to be answered: the last question of a conversation, what was said before, and passages
// that stand in the messages: `<passage id="…" title="…" page="3">…</passage>`.

export type Said = { role: 'user' | 'assistant' | 'system'; text: string };

/** A passage to quote from. `documentKey` is the same for passages of one document. */
export type Quotable = {
  id: string;
  documentId: string | null;
  documentKey: string;
  title: string;
  page: number | null;
  text: string;
};

export type Conversation = {
  question: string;
  /** What was said before the question, oldest first. */
  history: { role: Said['role']; content: string }[];
  /** In the order given, at most 100. */
  given: Quotable[];
};

const PASSAGE = /<passage\b([^>]{0,2000})>([\s\S]*?)<\/passage>/g;
const ATTRIBUTE = /([a-z_]{1,20})="([^"]{0,500})"/g;
const PASSAGES_MAX = 100;
const PASSAGE_CHARACTERS = 20_000;
const QUESTION_CHARACTERS = 8_000;
const TURN_CHARACTERS = 32_000;
const TURNS_MAX = 20;

/** Reads a conversation; the question is empty where nobody asked anything. */
export function readConversation(messages: readonly Said[]): Conversation {
  const given: Quotable[] = [];
  const spoken = messages.map(({ role, text }) => {
    for (const match of text.matchAll(PASSAGE))
      if (given.length < PASSAGES_MAX) given.push(quotableOf(match, given.length));
    return { role, content: text.replace(PASSAGE, ' ').trim() };
  });
  const last = spoken.findLastIndex(({ role, content }) => role === 'user' && content !== '');
  const history = spoken
    .slice(0, Math.max(0, last))
    .filter(({ content }) => content !== '')
    .slice(-TURNS_MAX)
    .map(({ role, content }) => ({ role, content: content.slice(0, TURN_CHARACTERS) }));
  return { question: (spoken[last]?.content ?? '').slice(0, QUESTION_CHARACTERS).trim(), history, given };
}

function quotableOf([, head = '', text = '']: RegExpMatchArray, index: number): Quotable {
  const said = new Map([...head.matchAll(ATTRIBUTE)].map(([, name, value]) => [name, withSigns(value!)]));
  const page = Number(said.get('page'));
  const title = said.get('title')?.trim() || `Passage ${index + 1}`;
  return {
    id: said.get('id') ?? String(index + 1),
    documentId: said.get('document_id') ?? null,
    documentKey: said.get('document_id') ?? title,
    title,
    page: Number.isInteger(page) && page > 0 ? page : null,
    text: withSigns(text.slice(0, PASSAGE_CHARACTERS)).trim(),
  };
}

const SIGNS: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };
const withSigns = (text: string) => text.replace(/&(?:lt|gt|quot|amp);/g, (sign) => SIGNS[sign]!);
