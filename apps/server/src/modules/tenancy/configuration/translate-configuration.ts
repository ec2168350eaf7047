// The configuration as older clients spell it (`aiModels`, `dataRetention`), in the one spelling that is kept.
import { problem } from '@insula/contract';
import type { AiModels, RetentionDays } from '@insula/contract/configuration';
import type { Configuration, ConfigurationChange } from '@insula/contract/tenancy';

type Loose<T> = {
  [K in keyof T]?:
    | (T[K] extends readonly unknown[] | null ? T[K] : T[K] extends object ? Loose<T[K]> : T[K])
    | undefined;
};
/** A change in the kept spelling: any field, fields inside groups one by one. */
export type PlainChange = Loose<Configuration>;

/** Translates a change; throws `invalid_request` when one setting is given in both spellings. */
export function translateConfiguration(change: ConfigurationChange): PlainChange {
  const { aiModels, dataRetention, ...plain } = change;
  const given = prune(plain) as PlainChange;
  const translated = prune({ ...fromModels(aiModels), ...fromRetention(dataRetention) }) as PlainChange;
  return join(given, translated, '') as PlainChange;
}

function fromModels(models: AiModels | undefined): PlainChange {
  if (!models) return {};
  const { safetySettings: safety } = models;
  return {
    default_model: models.defaultModel,
    allowed_models: models.allowedModels,
    model_defaults: {
      temperature: models.temperature,
      max_tokens: models.maxTokens,
      top_p: models.topP,
      frequency_penalty: models.frequencyPenalty,
      presence_penalty: models.presencePenalty,
    },
    safety: {
      content_filtering: safety?.contentFiltering,
      pii_detection: safety?.piiDetection,
      toxicity_filtering: safety?.toxicityFiltering,
      safety_threshold: safety?.safetyThreshold,
    },
  };
}

function fromRetention(retention: RetentionDays | undefined): PlainChange {
  if (!retention) return {};
  return {
    retention: {
      conversation_days: retention.conversationRetention,
      log_days: retention.logRetention,
      analytics_days: retention.analyticsRetention,
      backup_days: retention.backupRetention,
    },
  };
}

/** Leaves out what is undefined, and groups in which nothing is left. */
function prune(value: object): object {
  const kept = Object.entries(value)
    .map(([key, one]) => [key, isGroup(one) ? prune(one) : one] as const)
    .filter(([, one]) => one !== undefined && !(isGroup(one) && Object.keys(one).length === 0));
  return Object.fromEntries(kept);
}

function join(left: object, right: object, path: string): object {
  const joined: Record<string, unknown> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = joined[key];
    if (before !== undefined && !(isGroup(before) && isGroup(value)))
      throw problem('invalid_request', {
        detail: `${path}${key}: it is given twice, once in camelCase. Send it once.`,
      });
    joined[key] = isGroup(before) && isGroup(value) ? join(before, value, `${path}${key}.`) : value;
  }
  return joined;
}

/** Puts a change over a configuration, inside groups too. */
export function applyChange(before: Configuration, change: PlainChange): Configuration {
  return overlay(before, change) as Configuration;
}

function overlay(before: unknown, change: unknown): unknown {
  if (change === undefined) return before;
  if (!isGroup(before) || !isGroup(change)) return change;
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(change)) merged[key] = overlay(merged[key], value);
  return merged;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
