// A workspace's own regular expressions, in the syntax of RE2: the time they take grows linearly with the text, whatever the
// expression (no backtracking), and their size is bounded.
import { RE2JS } from 're2js';
import type { Match } from './match.ts';

export type PatternFinder = (text: string) => Match[];

/** Instructions that a compiled pattern may have; each is work for every character. */
const PROGRAM_MAX = 1_500;
const MATCHES_MAX = 1_000;

/** A finder, or in words what is wrong with the pattern. */
export function createPatternFinder(
  pattern: string,
  options: { ignoreCase: boolean },
): PatternFinder | { error: string } {
  try {
    const compiled = RE2JS.compile(pattern, options.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    if (compiled.programSize() > PROGRAM_MAX) return { error: 'it is too large: use smaller repetitions.' };
    if (compiled.matcher('').find()) return { error: 'it matches the empty text.' };
    return (text) => {
      const found: Match[] = [];
      const matcher = compiled.matcher(text);
      while (found.length < MATCHES_MAX && matcher.find()) {
        const [start, end] = [matcher.start(), matcher.end()];
        if (end > start) found.push({ kind: 'pattern', start, end, score: 1 });
      }
      return found;
    };
  } catch (error) {
    return { error: `${(error as Error).message}.` };
  }
}
