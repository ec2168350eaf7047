// The one way in which a name becomes a key, for documents, questions and people alike.

const NAME_MAX = 200;

/** The name without case, accents, possessives and punctuation; empty when nothing of it is left. At most 200 characters. */
export function keyOfName(name: string): string {
  return name
    .slice(0, NAME_MAX * 2)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/(?<=\p{L})['’]s(?!\p{L})/gu, '')
    .replace(/[^\p{L}\p{N}@+#]+/gu, ' ')
    .trim()
    .replace(/^the /, '')
    .slice(0, NAME_MAX)
    .trim();
}
