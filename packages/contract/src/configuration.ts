// The configuration of an organization: models, defaults, safety, retrieval, limits and retention, each field with its bound.
// Two groups are also taken in the spelling of older clients: `aiModels` and `dataRetention`.
import { z } from 'zod';
import { name } from './fields.ts';

const limit = z.int().min(1).max(1_000_000_000).nullable();
const manyTokens = z.int().min(1).max(1_000_000_000_000).nullable();
/** Requests and tokens allowed per window (months are the calendar's, UTC), and calls at once; null means unlimited. */
export const rateLimits = z.strictObject({
  requests_per_minute: limit,
  requests_per_hour: limit,
  requests_per_day: limit,
  requests_per_month: limit,
  tokens_per_minute: manyTokens,
  tokens_per_hour: manyTokens,
  tokens_per_day: manyTokens,
  tokens_per_month: manyTokens,
  concurrent_requests: z.int().min(1).max(100_000).nullable(),
});
/** Limits as they are set: what is left out is not limited there. */
export const ownLimits = rateLimits.partial();
export type OwnLimits = z.infer<typeof ownLimits>;

export const modelDefaults = z.strictObject({
  temperature: z.number().min(0).max(2),
  max_tokens: z.int().min(1).max(1_000_000),
  top_p: z.number().min(0).max(1),
  frequency_penalty: z.number().min(-2).max(2),
  presence_penalty: z.number().min(-2).max(2),
});

/** Days that something is kept; null keeps it without limit. */
const days = z.int().min(1).max(36_500).nullable();
const modelName = z.string().min(1).max(200);

/** Configuration of an organization (T5). `model_defaults` fill what a call leaves out when `apply_model_defaults` is on. */
export const configuration = z.strictObject({
  default_model: modelName.nullable(),
  allowed_models: z.array(modelName).max(500).nullable(),
  apply_model_defaults: z.boolean(),
  model_defaults: modelDefaults,
  system_prompts: z.array(z.strictObject({ name, content: z.string().min(1).max(32_000) })).max(50),
  safety: z.strictObject({
    content_filtering: z.boolean(),
    pii_detection: z.boolean(),
    toxicity_filtering: z.boolean(),
    safety_threshold: z.number().min(0).max(1),
  }),
  rag: z.strictObject({
    enabled: z.boolean(),
    search_mode: z.enum(['vector', 'hybrid', 'graph']),
    text_weight: z.number().min(0).max(1),
    top_k: z.int().min(1).max(100),
  }),
  rate_limits: ownLimits,
  /** Whether the request log keeps what was asked and answered: not at all, with personal data masked, or as it was. */
  request_log: z.strictObject({ content: z.enum(['none', 'redacted', 'full']) }),
  retention: z.strictObject({
    conversation_days: days,
    log_days: days,
    analytics_days: days,
    backup_days: days,
  }),
});
export type Configuration = z.infer<typeof configuration>;

/** What a new organization starts with; values of the source documents. */
export const defaultConfiguration: Configuration = {
  default_model: null,
  allowed_models: null,
  apply_model_defaults: false,
  model_defaults: { temperature: 0.7, max_tokens: 2048, top_p: 1, frequency_penalty: 0, presence_penalty: 0 },
  system_prompts: [],
  safety: { content_filtering: true, pii_detection: true, toxicity_filtering: true, safety_threshold: 0.8 },
  rag: { enabled: true, search_mode: 'hybrid', text_weight: 0.3, top_k: 10 },
  rate_limits: {},
  request_log: { content: 'none' },
  retention: { conversation_days: null, log_days: null, analytics_days: null, backup_days: null },
};

const shape = configuration.shape;

/** Models, defaults and safety as older clients spell them. */
export const aiModels = z.strictObject({
  defaultModel: shape.default_model.optional(),
  allowedModels: shape.allowed_models.optional(),
  temperature: modelDefaults.shape.temperature.optional(),
  maxTokens: modelDefaults.shape.max_tokens.optional(),
  topP: modelDefaults.shape.top_p.optional(),
  frequencyPenalty: modelDefaults.shape.frequency_penalty.optional(),
  presencePenalty: modelDefaults.shape.presence_penalty.optional(),
  safetySettings: z
    .strictObject({
      contentFiltering: z.boolean(),
      piiDetection: z.boolean(),
      toxicityFiltering: z.boolean(),
      safetyThreshold: shape.safety.shape.safety_threshold,
    })
    .partial()
    .optional(),
});
export type AiModels = z.infer<typeof aiModels>;

/** Retention in days as older clients spell it. */
export const retentionDays = z
  .strictObject({
    conversationRetention: days,
    logRetention: days,
    analyticsRetention: days,
    backupRetention: days,
  })
  .partial();
export type RetentionDays = z.infer<typeof retentionDays>;

/** What can be changed: any field, fields inside groups one by one, in either spelling. */
export const configurationChange = z.strictObject({
  ...configuration.partial().shape,
  model_defaults: modelDefaults.partial().optional(),
  safety: shape.safety.partial().optional(),
  rag: shape.rag.partial().optional(),
  retention: shape.retention.partial().optional(),
  aiModels: aiModels.optional(),
  dataRetention: retentionDays.optional(),
});
export type ConfigurationChange = z.infer<typeof configurationChange>;
