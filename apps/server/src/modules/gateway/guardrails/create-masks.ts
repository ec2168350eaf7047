// Placeholders for what must not be seen, `[EMAIL_1]`, the same for the same text within a call; and, where the rule allows
// it, back again in what the caller is answered. The originals live as long as the call and nowhere else.
import type { Found } from './scan-texts.ts';

export type Masks = ReturnType<typeof createMasks>;

/** The beginning of what may become a placeholder. */
const openEnd = /\[(?:[A-Z][A-Z_]{0,24}(?:_\d{0,6})?)?$/;
const anyPlaceholder = /\[[A-Z][A-Z_]{0,24}_\d{1,6}\]/g;

/** Begins with no placeholder; none is used that stands in `texts` already. */
export function createMasks(texts: readonly string[]) {
  const byText = new Map<string, string>();
  const originals = new Map<string, string>();
  const counts = new Map<string, number>();
  const taken = new Set(
    texts.flatMap((text) => (text.includes('[') ? (text.match(anyPlaceholder) ?? []) : [])),
  );

  function newPlaceholder(kind: string): string {
    for (;;) {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      const placeholder = `[${kind.toUpperCase()}_${count}]`;
      if (!taken.has(placeholder)) return placeholder;
    }
  }

  return {
    /** The text with placeholders where something was found that is to be masked or blocked. */
    mask(text: string, found: readonly Found[], canRestore: boolean): string {
      let masked = '';
      let at = 0;
      for (const { kind, start, end, isRestored } of joinPlaces(found)) {
        const original = text.slice(start, end);
        const key = `${kind} ${isRestored && canRestore} ${original}`;
        const placeholder = byText.get(key) ?? newPlaceholder(kind);
        byText.set(key, placeholder);
        if (isRestored && canRestore) originals.set(placeholder, original);
        masked += text.slice(at, start) + placeholder;
        at = end;
      }
      return masked + text.slice(at);
    },
    /** The text with originals where their placeholders stand. */
    restore(text: string): string {
      if (originals.size === 0 || !text.includes('[')) return text;
      return text.replace(
        /\[[A-Z][A-Z_]{0,24}_\d{1,6}\]/g,
        (placeholder) => originals.get(placeholder) ?? placeholder,
      );
    },
    /** How much of an unfinished text can be restored already: the rest may be half a placeholder. */
    restorableLength(text: string): number {
      return originals.size === 0 ? text.length : (openEnd.exec(text)?.index ?? text.length);
    },
    hasOriginals: (): boolean => originals.size > 0,
  };
}

type Place = { kind: string; start: number; end: number; score: number; isRestored: boolean };

/** Places that touch become one; it is restored only if all of its rules allow that. */
function joinPlaces(found: readonly Found[]): Place[] {
  const places: Place[] = [];
  const hidden = found.filter(({ rule }) => rule.action !== 'flag').toSorted((a, b) => a.start - b.start);
  for (const { kind, start, end, score, rule } of hidden) {
    const isRestored = rule.type === 'personal' && rule.action === 'mask' && rule.restore;
    const last = places.at(-1);
    if (!last || start >= last.end) places.push({ kind, start, end, score, isRestored });
    else {
      if (score > last.score) Object.assign(last, { kind, score });
      last.end = Math.max(last.end, end);
      last.isRestored &&= isRestored;
    }
  }
  return places;
}
