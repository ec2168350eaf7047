// Which model an agent speaks with.
import type { AgentRow } from '../profiles/store.ts';

/** The agent's model as the gateway reads names, `provider/model` where it names both; undefined for the organization's default. */
export function modelOf({
  model_provider: provider,
  model_name: name,
}: Pick<AgentRow, 'model_provider' | 'model_name'>): string | undefined {
  if (name === null) return undefined;
  return provider === null || name.includes('/') ? name : `${provider}/${name}`;
}
