// What a provider does not have, and its AI SDK adapter left out, is told in a header: nothing is dropped in silence.

import type { SharedV4Warning } from '@ai-sdk/provider';
import type { Answering } from '../relay/write-answer.ts';

const HEADER = 'x-insula-ignored';
const NAMES_MAX = 20;

/** Names the ignored features in `x-insula-ignored`; removes what an attempt before may have named. */
export function tellIgnored(response: Answering, warnings: readonly SharedV4Warning[]): void {
  if (response.headersSent) return;
  const names = warnings.flatMap((warning) =>
    warning.type === 'unsupported' ? [snakeCase(warning.feature)] : [],
  );
  if (names.length > 0) response.setHeader(HEADER, [...new Set(names)].slice(0, NAMES_MAX).join(', '));
  else response.removeHeader(HEADER);
}

/** `frequencyPenalty` as callers know it; nothing that a header could not hold. */
function snakeCase(feature: string): string {
  return feature
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replace(/[^\w.-]/g, '_')
    .slice(0, 80);
}
