// Plain text and Markdown. A picture in Markdown would be fetched by whatever shows it, with words of the reader in its address:
// so pictures become their descriptions, and links that are no web or mail addresses their words.
import type { Draft, Notes, Source } from '../document.ts';
import { decodeText } from '../text/decode-text.ts';
import { writeLink, writePicture } from '../text/markdown.ts';

/** Reads plain text as it is. */
export function readText(source: Source): Draft {
  const { text, encoding } = decodeText(source.bytes);
  return { sections: [{ markdown: text, page: null }], metadata: encodingOf(encoding) };
}

/** Reads Markdown: front matter becomes metadata, comments are hidden text, pictures their descriptions. */
export function readMarkdown(source: Source, notes: Notes): Draft {
  const { text, encoding } = decodeText(source.bytes);
  const { body, facts } = takeFrontMatter(text.replace(/\r\n?/g, '\n'));
  const markdown = mapProse(body, (prose) => disarm(prose, notes));
  const title = facts.title ?? /^#[ \t]+(.+)$/m.exec(markdown)?.[1];
  return {
    title,
    language: facts.lang ?? facts.language,
    metadata: {
      ...encodingOf(encoding),
      author: facts.author,
      date: facts.date,
      description: facts.description,
    },
    sections: [{ markdown, page: null }],
  };
}

function encodingOf(encoding: string): Record<string, string> {
  return encoding === 'UTF-8' ? {} : { encoding };
}

function takeFrontMatter(text: string): { body: string; facts: Record<string, string> } {
  const matter = /^---\n([\s\S]{0,20000}?)\n---\n/.exec(text);
  if (!matter) return { body: text, facts: {} };
  const pairs = [...matter[1]!.matchAll(/^([\w-]+):[ \t]*["']?(.*?)["']?$/gm)];
  const facts = Object.fromEntries(pairs.map(([, name, value]) => [name!.toLowerCase(), value!]));
  return { body: text.slice(matter[0].length), facts: Object.assign(Object.create(null), facts) };
}

/** Changes what stands outside of fenced code. */
function mapProse(text: string, change: (prose: string) => string): string {
  const out: string[] = [];
  let prose: string[] = [];
  let fence = '';
  const endProse = () => {
    if (prose.length > 0) out.push(change(prose.join('\n')));
    prose = [];
  };
  for (const line of text.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === '' && mark === undefined) prose.push(line);
    else {
      endProse();
      out.push(line);
      if (fence === '') fence = mark ?? '';
      else if (mark?.startsWith(fence) && line.trim() === mark) fence = '';
    }
  }
  endProse();
  return out.join('\n');
}

/** One pass over the text, however many comments begin and do not end. */
function dropComments(prose: string, notes: Notes): string {
  const kept: string[] = [];
  let at = 0;
  for (let from = prose.indexOf('<!--'); from !== -1; from = prose.indexOf('<!--', at)) {
    const end = prose.indexOf('-->', from);
    if (end === -1) break;
    notes.hide(prose.slice(from + 4, end), 'a comment');
    kept.push(prose.slice(at, from));
    at = end + 3;
  }
  return kept.join('') + prose.slice(at);
}

function disarm(prose: string, notes: Notes): string {
  return dropComments(prose, notes)
    .replace(/^[ \t]*\[\/\/\]:[^\n]*?[("'](.*)[)"'][ \t]*$/gm, (_, words: string) => {
      notes.hide(words, 'a comment');
      return '';
    })
    .replace(/!\[([^\]\n]{0,500})\](?:\([^()\n]{0,2000}\)|\[[^\]\n]{0,200}\])/g, (_, alt: string) => {
      notes.warn('pictures_left_out', 'Pictures are not read; their descriptions stand in their place.');
      return writePicture(alt);
    })
    .replace(
      /(?<!!)\[([^\]\n]{0,500})\]\(\s*<?((?:[^()\s<>]|\([^()\s]{0,500}\)){1,4000})>?(?:\s+["'][^)\n]{0,500})?\)/g,
      (whole, words: string, target: string) =>
        /^[a-z][\w+.-]*:/i.test(target) && !/^(https?|mailto):/i.test(target)
          ? writeLink(words, undefined)
          : whole,
    );
}
