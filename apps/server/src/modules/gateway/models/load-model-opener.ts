// The opener of models brings the AI SDK's providers with it: large, and loaded by the first call that needs one.
import type { createModelOpener } from './create-model-opener.ts';

/** Loads what makes openers. */
export async function loadModelOpener(): Promise<typeof createModelOpener> {
  return (await import('./create-model-opener.ts')).createModelOpener;
}
