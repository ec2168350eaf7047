// Improving a prompt by a model on paper: a suggestion with its reasons, which becomes a version when somebody accepts it; and
// what each person uses where no model is named.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';
import { author, model, modelSettings, promptContent, provider } from './prompt-templates.ts';
import { inWorkspace, label, mayReadPrompts, mayWritePrompts, promptVersion } from './prompts.ts';

export const enhancementProblems = {
  enhancement_not_found: { status: 404, message: 'There is no such suggestion in this workspace.' },
  enhancement_accepted: {
    status: 409,
    message: 'The suggestion was accepted already, as version {version}.',
  },
  enhancement_without_prompt: {
    status: 400,
    message: 'The suggestion is for words that are no prompt yet. Create a prompt with them.',
  },
  enhancement_empty: {
    status: 502,
    message: 'The model answered with nothing that could be a prompt. Try again, or choose another model.',
  },
  enhancement_failed: { status: 502, message: 'The model did not answer: {reason}' },
  not_an_enhancement_prompt: {
    status: 400,
    message: 'The prompt chosen is not marked as one that tells a model how to improve prompts.',
  },
  prompt_or_content: { status: 400, message: 'Give either prompt_id or content: {reason}' },
} as const;
export const enhancementProblem = problemsOf(enhancementProblems);

export const enhancement = z.object({
  id,
  workspace_id: id,
  prompt_id: id.nullable(),
  base_version: z.int().nullable(),
  content: promptContent,
  instructions: z.string(),
  suggestion: promptContent,
  explanation: z.string(),
  /** Placeholders of the original that the suggestion has lost. */
  missing_variables: z.array(z.string()),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  cost_micros: z.int().nullable(),
  currency: z.string().nullable(),
  accepted_version: z.int().nullable(),
  author,
  created_at: moment,
});

const path = '/workspaces/{workspace_id}/enhancements' as const;
const one = { ...inWorkspace, enhancement_id: id };
const tag = 'Prompts';

export const enhancements = {
  list: endpoint({ method: 'GET', path, summary: 'List suggestions', tag }, mayReadPrompts)
    .input(pageQuery.extend({ ...inWorkspace, prompt_id: id.optional() }))
    .output(pageOf(enhancement)),
  create: endpoint(
    { method: 'POST', path, summary: 'Let a model suggest a better prompt', tag, status: 201 },
    { permission: 'ai:query' },
  )
    .input(
      z.strictObject({
        ...inWorkspace,
        /** What is to be improved: a version of a prompt, or words that are none yet. */
        prompt_id: id.optional(),
        version: z.int().min(1).max(2_147_483_647).optional(),
        label: label.optional(),
        content: promptContent.optional(),
        /** What matters this time. */
        instructions: z.string().trim().max(4_000).default(''),
        /** A prompt that says how to improve prompts; Insula's own if left out. */
        enhancement_prompt_id: id.optional(),
        provider: provider.optional(),
        model: model.optional(),
      }),
    )
    .output(enhancement),
  get: endpoint(
    { method: 'GET', path: `${path}/{enhancement_id}`, summary: 'Read a suggestion', tag },
    mayReadPrompts,
  )
    .input(z.strictObject(one))
    .output(enhancement),
  accept: endpoint(
    {
      method: 'POST',
      path: `${path}/{enhancement_id}/accept`,
      summary: 'Save a suggestion as the newest version of its prompt',
      tag,
      status: 201,
    },
    mayWritePrompts,
  )
    .input(z.strictObject({ ...one, note: z.string().trim().max(1_000).default('') }))
    .output(promptVersion),
};

/** What somebody uses in a workspace where no model is named; null: the organization's default. */
const aiSettingsShape = {
  chat: modelSettings.nullable().default(null),
  enhancement: modelSettings.nullable().default(null),
};
const settingsPath = '/workspaces/{workspace_id}/ai-settings' as const;
const aiSetting = z.object({ workspace_id: id, ...aiSettingsShape, updated_at: moment.nullable() });

export const aiSettings = {
  get: endpoint(
    { method: 'GET', path: settingsPath, summary: 'Read your own AI settings of a workspace', tag },
    { permission: 'ai:query' },
  )
    .input(z.strictObject(inWorkspace))
    .output(aiSetting),
  replace: endpoint(
    { method: 'PUT', path: settingsPath, summary: 'Set your own AI settings of a workspace', tag },
    { permission: 'ai:query' },
  )
    .input(z.strictObject({ ...inWorkspace, ...aiSettingsShape }))
    .output(aiSetting),
};
