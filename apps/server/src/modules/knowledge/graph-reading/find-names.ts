// What a passage speaks of, found by rules alone: names in capitals, acronyms with what they stand for, addresses and
// identifiers. Free and quick, and no more than a first guess: everything made of it is marked `local`.
import { keyOfName } from '../graph/key-of-name.ts';

export type FoundName = { name: string; type: string; aliases: string[] };

const NAMES_MAX = 40;
const TEXT_MAX = 20_000;

/** Words that begin sentences in capitals and name nothing. */
const COMMON = new Set(
  `a about above after again all also although always am an and any are as at be because been before being below between
  both but by can cannot could did do does doing down due during each either else even every few finally first following for
  from further had has have having he hence her here hers him his how however i if in indeed instead into is it its just last
  later let like many may me might more moreover most much must my neither never next no nor not note now of off often on
  once one only or other others otherwise our out over own part perhaps please rather same second see she should since so
  some such than that the their them then there therefore these they third this those though through thus to today together
  too two under unless until up upon us use using very was we well were what when whenever where whereas whether which while
  who whom whose why will with within without would yes yet you your chapter section figure table page appendix step example
  introduction overview summary contents conclusion der die das den dem des ein eine einer eines und oder aber nicht ist sind
  war wird werden mit von zu im am auf für bei nach aus wir sie er es ich man wenn dass als auch wie was wer wo diese dieser
  dieses`.split(/\s+/),
);

/** WHO is none. */
const isCommon = (word: string) => COMMON.has(word.toLowerCase()) && !/^\p{Lu}{3,6}$/u.test(word);

const WORD = /[\p{L}\p{N}][\p{L}\p{N}'’&.+#-]*/gu;
const EMAIL = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/g;
const ADDRESS = /\bhttps?:\/\/[^\s<>()"']{3,200}/g;
/** ERR_4711, RFC-7231, iPhone 15, v2.3: what people look up letter by letter. */
const IDENTIFIER = /\b(?:[A-Z]{2,10}[-_ ]?\d{1,8}[A-Z]?|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/g;
const EXPANDED = /\(([A-Z][A-Za-z&]{0,3}[A-Z][A-Z&]{0,8})\)/g;
/** Joins the words of one name: "Bank of England". */
const JOINING = new Set(['of', 'de', 'la', 'le', 'van', 'von', 'der', 'den', 'du', 'di', 'del', 'y', '&']);

/** The names of a passage, each once, at most 40; the more often one is there the earlier it comes. */
export function findNames(passage: { text: string; heading_path: readonly string[] }): FoundName[] {
  const text = passage.text.slice(0, TEXT_MAX);
  const found = new Map<string, FoundName & { count: number }>();
  const add = (name: string, type: string, alias?: string) => {
    const key = keyOfName(name);
    if (key.length < 2 || isCommon(name)) return;
    const known = found.get(key);
    if (known) known.count++;
    else found.set(key, { name: name.trim().slice(0, 200), type, aliases: [], count: 1 });
    const entry = found.get(key)!;
    if (alias && !entry.aliases.includes(alias)) entry.aliases.push(alias);
  };
  for (const [email] of text.matchAll(EMAIL)) add(email.replace(/\.$/, ''), 'e-mail');
  for (const [address] of text.matchAll(ADDRESS)) add(address.replace(/[.,;:]+$/, ''), 'address');
  const plain = text.replace(ADDRESS, ' ').replace(EMAIL, ' ');
  for (const [identifier] of plain.matchAll(IDENTIFIER)) add(identifier, 'identifier');
  for (const { long, short } of expandAcronyms(plain)) add(long, 'name', short);
  for (const line of plain.replace(IDENTIFIER, ' ; ').split(/\n+/))
    for (const name of capitalised(line)) add(name, 'name');
  for (const heading of passage.heading_path.slice(-2))
    for (const name of capitalised(heading)) add(name, 'name');
  return settle([...found.values()]);
}

/** An acronym that is expanded here is an alias and no name of its own; of what is left the most frequent stay. */
function settle(found: (FoundName & { count: number })[]): FoundName[] {
  const aliases = new Set(found.flatMap(({ aliases }) => aliases.map(keyOfName)));
  return found
    .filter(({ name }) => !aliases.has(keyOfName(name)))
    .sort((a, b) => b.count - a.count)
    .slice(0, NAMES_MAX)
    .map(({ count: _count, ...name }) => name);
}

/** "World Health Organization (WHO)": the words before the bracket whose first letters it is made of. */
function expandAcronyms(text: string): { long: string; short: string }[] {
  return [...text.matchAll(EXPANDED)].flatMap((match) => {
    const short = match[1]!;
    const letters = short.replace(/[^A-Za-z]/g, '').toLowerCase();
    const before = text.slice(Math.max(0, match.index - 200), match.index).trimEnd();
    const words = [...before.matchAll(WORD)];
    let at = words.length - 1;
    for (let letter = letters.length - 1; letter >= 0; at--) {
      const word = words[at]?.[0].toLowerCase();
      if (word === undefined) return [];
      if (word.startsWith(letters[letter]!)) letter--;
      else if (!JOINING.has(word) && word !== 'and' && word !== 'for') return [];
    }
    const first = words[at + 1];
    return first ? [{ long: before.slice(first.index), short }] : [];
  });
}

/** Runs of words in capitals; one alone at the beginning of a sentence counts only if it is no common word. */
function capitalised(line: string): string[] {
  const names: string[] = [];
  let run: string[] = [];
  let startsSentence = false;
  let end = 0;
  if (!/\p{Ll}/u.test(line)) return names; // a line in capitals says nothing by them
  const close = () => {
    while (run.length > 0 && JOINING.has(run.at(-1)!.toLowerCase())) run.pop();
    while (startsSentence && run.length > 1 && (isCommon(run[0]!) || /^\d/.test(run[0]!))) run.shift();
    const name = run.join(' ').replace(/[.'’-]+$/, '');
    const isOrdinaryStart = startsSentence && run.length === 1 && !/\p{Lu}.*\p{Lu}|\d/u.test(name);
    if (run.length <= 6 && name.length > 1 && !isOrdinaryStart) names.push(name);
    run = [];
  };
  for (const match of line.matchAll(WORD)) {
    const word = match[0];
    const gap = line.slice(end, match.index);
    if (run.length > 0 && !/^ $/.test(gap)) close();
    const isCapital = /^\p{Lu}/u.test(word) && !(isCommon(word) && run.length > 0);
    if (isCapital && run.length === 0)
      startsSentence = match.index === 0 || /[.!?:•*>|-]\s*$/.test(line.slice(0, match.index));
    if (isCapital || (run.length > 0 && (JOINING.has(word.toLowerCase()) || /^\d+$/.test(word))))
      run.push(word);
    else if (run.length > 0) close();
    end = match.index + word.length;
    if (run.length > 0 && /[.!?]$/.test(word) && !/^\p{Lu}\.$/u.test(word)) close();
  }
  close();
  return names;
}
