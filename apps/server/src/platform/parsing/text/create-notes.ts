// Collects what a person should know about a document, within bounds.
import type { HiddenText, Notes, Warning } from '../document.ts';
import { limits } from '../limits.ts';
import { tooLarge } from '../refusal.ts';
import { cleanLine } from './clean-text.ts';

/** Makes empty notes; `tell` hears how many characters were read so far. */
export function createNotes(tell: (characters: number) => void = () => undefined): Notes {
  const warnings: Warning[] = [];
  const hidden: HiddenText[] = [];
  let characters = 0;
  const warned = new Set<string>();
  return {
    warnings,
    hidden,
    warn(code, detail) {
      if (warned.has(code) || warnings.length >= limits.warnings) return;
      warned.add(code);
      warnings.push({ code, detail: cleanLine(detail).slice(0, 500) });
    },
    hide(text, reason, page) {
      const words = cleanLine(text).slice(0, limits.hiddenCharacters).toWellFormed();
      if (words === '' || hidden.length >= limits.hiddenTexts) return;
      hidden.push(page === undefined ? { text: words, reason } : { text: words, reason, page });
    },
    progress(more) {
      characters += more;
      if (characters > limits.markdownCharacters)
        throw tooLarge('it has more than 20 million characters of text.');
      tell(characters);
    },
  };
}
