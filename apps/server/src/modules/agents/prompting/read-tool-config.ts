// The settings of searches and of the tool loop in an agent's `tool_config`; what is no setting is passed over.
import { z } from 'zod';

const settings = z.object({
  /** `upfront`: search with the question before the model is asked; `tools`: let the model search; `off`: neither. */
  retrieval: z.enum(['upfront', 'tools', 'off']).catch('upfront'),
  top_k: z.int().min(1).max(50).catch(8),
  /** Calls of the model in one answer. */
  max_steps: z.int().min(1).max(20).catch(8),
  /** Micro-units of the ledger's currency that one answer may cost; null: what budgets allow. */
  max_cost_micros: z.int().min(1).nullable().catch(null),
  timeout_ms: z.int().min(1_000).max(600_000).catch(180_000),
});
export type ToolConfig = z.infer<typeof settings>;

/** Reads the settings; each that is missing or not valid has its default. */
export function readToolConfig(given: Record<string, unknown>): ToolConfig {
  return settings.parse({
    retrieval: given.retrieval ?? 'upfront',
    top_k: given.top_k ?? 8,
    max_steps: given.max_steps ?? 8,
    max_cost_micros: given.max_cost_micros ?? null,
    timeout_ms: given.timeout_ms ?? 180_000,
  });
}
