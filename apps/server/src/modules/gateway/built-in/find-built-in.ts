// The model that every workspace has without a credential. It is a target like others: admitted, recorded, settled, at a
// price of nothing; only what answers is a function of this server instead of a provider.
import type { Target } from '../relay/index.ts';
import type { Surface } from '../wires/index.ts';

/** Quotes the documents of the workspace. */
export const EXTRACTIVE = 'insula/extractive';
/** The provider of what this server answers itself. */
export const BUILT_IN = 'insula';

const target: Target = {
  provider: BUILT_IN,
  credential_id: null,
  origin: '',
  path: '',
  headers: {},
  is_translated: true,
  upstream_model: EXTRACTIVE,
  priced_as: { provider: BUILT_IN, model: EXTRACTIVE },
};

const ANSWERS = new Set<Surface>(['chat.completions', 'responses', 'messages', 'messages.count_tokens']);

/** The target for a built-in model's name at a surface; empty for every other name. */
export function findBuiltIn(model: string, surface: Surface): Target[] {
  return model === EXTRACTIVE && ANSWERS.has(surface) ? [target] : [];
}
