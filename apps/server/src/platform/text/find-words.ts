// Where the words of a text are. A word may be compound (`foo.bar`, `ERR_4711`, `high-speed`): then it is found whole, and
// its parts are told by `splitWord`. Offsets are those of the text as it is; nothing is normalised before it is cut.

const WORD = /[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}]|[._\-/:@#+'’](?=[\p{L}\p{N}])|,(?=\p{N}))*/gu;
/** Longer runs are no words (keys, data in base 64): only their beginning is looked at. */
const CHARACTERS_MAX = 120;

/** Calls `visit` with each word of the text and where it begins (in UTF-16 units). */
export function findWords(text: string, visit: (word: string, start: number) => void): void {
  WORD.lastIndex = 0;
  for (let match = WORD.exec(text); match; match = WORD.exec(text))
    visit(match[0].length > CHARACTERS_MAX ? match[0].slice(0, CHARACTERS_MAX) : match[0], match.index);
}

const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu;
const JOINTS = /[._\-/:@#+,]+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{L}{2})(?=\p{N}{2})|(?<=\p{N}{2})(?=\p{L}{2})/u;
/** What makes a compound a name that is also searched for as a whole; `high-speed` is two words and nothing more. */
const IDENTIFIER = /[\p{N}_@#:]|[\p{L}]\.[\p{L}]|\p{Ll}\p{Lu}/u;
const PLAIN = /^[a-z]+$/i;

export type WordParts = { whole: string | undefined; parts: string[] };

/** What a word consists of: parts that stand for themselves, and the whole where it is a name or number. */
export function splitWord(word: string): WordParts {
  if (PLAIN.test(word) && !/[a-z][A-Z]/.test(word)) return { whole: undefined, parts: [word] };
  const folded = word.normalize('NFKC').replaceAll('’', "'");
  const parts: string[] = [];
  let rest = folded;
  if (/[\u0E00-\u{3FFFF}]/u.test(folded)) {
    rest = folded.replace(SPACELESS, (run) => {
      parts.push(...pairsOf(run));
      return '.';
    });
  }
  const pieces = rest.split(JOINTS).filter((part) => part !== '' && part !== "'");
  const isName = pieces.length > 1 && rest === folded && IDENTIFIER.test(folded);
  return { whole: isName ? folded.replaceAll(',', '') : undefined, parts: [...parts, ...pieces] };
}

/** Scripts without spaces: every two characters that stand together. */
function pairsOf(run: string): string[] {
  const characters = [...run];
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, i) => characters[i]! + character);
}
