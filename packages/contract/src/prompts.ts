// The prompt library of a workspace on paper: prompts by name, found by words, categories, tags and labels.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { description, id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';
import {
  author,
  modelSettings,
  noSettings,
  promptContent,
  renderedMessages,
  variables,
  variableValues,
} from './prompt-templates.ts';

export const promptProblems = {
  prompt_not_found: { status: 404, message: 'There is no such prompt in this workspace.' },
  prompt_name_taken: {
    status: 409,
    message: 'A prompt of this workspace has the name "{name}" already. Choose another.',
  },
  prompt_version_not_found: { status: 404, message: 'There is no version "{version}" of this prompt.' },
  prompt_changed: {
    status: 409,
    message:
      'Version {latest} was saved since you began with {based_on}. Look at it, then save yours on top of it.',
  },
  label_reserved: {
    status: 400,
    message: 'The label "latest" always stands on the newest version and cannot be moved.',
  },
  label_not_found: { status: 404, message: 'No version of this prompt has the label "{label}".' },
  template_invalid: { status: 400, message: 'The template cannot be used: {reason}' },
  variables_invalid: { status: 400, message: 'The values do not fit the variables: {reason}' },
  prompt_not_removed: { status: 409, message: 'The prompt is not deleted, so there is nothing to restore.' },
  reason_needed: { status: 400, message: 'Say in "reason" why the gate is passed by force.' },
  too_many_prompts: { status: 409, message: 'There are {limit} {things} here, which is the most.' },
} as const;
export const promptProblem = problemsOf(promptProblems);

const words = z.string().trim().min(1).max(200);
export const promptName = words.refine(
  (name) => !/[/\\]/.test(name),
  'A name may not contain a slash: it is part of an address.',
);
export const label = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'Use lower-case letters, digits, ".", "_" and "-".');
const tags = z
  .array(z.string().trim().min(1).max(60))
  .max(30)
  .transform((all) => [...new Set(all)]);

export const promptFields = {
  name: promptName,
  title: z.string().trim().max(200).default(''),
  description: description.default(''),
  category: z.string().trim().max(100).default(''),
  tags: tags.default([]),
  /** It tells a model how to improve other prompts. */
  is_enhancement_prompt: z.boolean().default(false),
};
export const versionFields = {
  content: promptContent,
  variables: variables.default([]),
  settings: modelSettings.default(noSettings),
  note: z.string().trim().max(1_000).default(''),
};

export const promptVersion = z.object({
  prompt_id: id,
  number: z.int(),
  ...versionFields,
  author,
  labels: z.array(z.string()),
  created_at: moment,
});
export const prompt = z.object({
  id,
  workspace_id: id,
  name: z.string(),
  title: z.string(),
  description: z.string(),
  category: z.string(),
  tags: z.array(z.string()),
  is_enhancement_prompt: z.boolean(),
  author,
  latest_version: z.int(),
  /** The version that each label stands on. */
  labels: z.record(z.string(), z.int()),
  removed_at: moment.nullable(),
  created_at: moment,
  updated_at: moment,
});
export const promptWithVersion = prompt.extend({ version: promptVersion });

export const mayReadPrompts = { permission: 'prompts:read' } as const;
export const mayWritePrompts = { permission: 'prompts:write' } as const;
export const promptsPath = '/workspaces/{workspace_id}/prompts' as const;
export const promptPath = `${promptsPath}/{prompt_id}` as const;
export const inWorkspace = { workspace_id: id };
export const ofPrompt = { ...inWorkspace, prompt_id: id };
const tag = 'Prompts';
const search = z.string().trim().min(1).max(200);

/** Which version is meant: a number, or a label; the newest if neither is given. */
export const whichVersion = {
  version: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  label: label.optional(),
};

export const prompts = {
  list: endpoint(
    { method: 'GET', path: promptsPath, summary: 'List and search prompts', tag },
    mayReadPrompts,
  )
    .input(
      pageQuery.extend({
        ...inWorkspace,
        /** Words that all stand in name, title, tags or the newest content. */
        search: search.optional(),
        category: z.string().max(100).optional(),
        tag: z.string().max(60).optional(),
        label: label.optional(),
        author_id: id.optional(),
        enhancement: z.enum(['true', 'false']).optional(),
        /** `true`: those that were deleted and can still be restored. */
        removed: z.enum(['true', 'false']).optional(),
      }),
    )
    .output(pageOf(prompt)),
  create: endpoint(
    {
      method: 'POST',
      path: promptsPath,
      summary: 'Create a prompt with its first version',
      tag,
      status: 201,
    },
    mayWritePrompts,
  )
    .input(z.strictObject({ ...inWorkspace, ...promptFields, ...versionFields }))
    .output(promptWithVersion),
  get: endpoint(
    { method: 'GET', path: promptPath, summary: 'Read a prompt and a version of it', tag },
    mayReadPrompts,
  )
    .input(z.strictObject({ ...ofPrompt, ...whichVersion }))
    .output(promptWithVersion),
  getByName: endpoint(
    {
      method: 'GET',
      path: `${promptsPath}/by-name/{name}`,
      summary: 'Read a prompt by its name, for programs',
      tag,
    },
    mayReadPrompts,
  )
    .input(z.strictObject({ ...inWorkspace, name: words, ...whichVersion }))
    .output(promptWithVersion),
  change: endpoint(
    { method: 'PATCH', path: promptPath, summary: 'Change what is said about a prompt', tag },
    mayWritePrompts,
  )
    .input(
      z.strictObject({
        ...ofPrompt,
        name: promptName.optional(),
        title: z.string().trim().max(200).optional(),
        description: description.optional(),
        category: z.string().trim().max(100).optional(),
        tags: tags.optional(),
        is_enhancement_prompt: z.boolean().optional(),
      }),
    )
    .output(prompt),
  remove: endpoint(
    { method: 'DELETE', path: promptPath, summary: 'Delete a prompt; it can be restored for 30 days', tag },
    mayWritePrompts,
  )
    .input(z.strictObject(ofPrompt))
    .output(z.object({ id, deleted: z.literal(true), restorable_until: moment })),
  restore: endpoint(
    { method: 'POST', path: `${promptPath}/restore`, summary: 'Restore a deleted prompt', tag },
    mayWritePrompts,
  )
    .input(z.strictObject({ ...ofPrompt, name: promptName.optional() }))
    .output(prompt),
  duplicate: endpoint(
    {
      method: 'POST',
      path: `${promptPath}/duplicate`,
      summary: 'Copy a version as a new prompt',
      tag,
      status: 201,
    },
    mayWritePrompts,
  )
    .input(
      z.strictObject({
        ...ofPrompt,
        name: promptName,
        version: z.int().min(1).max(2_147_483_647).optional(),
        label: label.optional(),
      }),
    )
    .output(promptWithVersion),
  render: endpoint(
    { method: 'POST', path: `${promptsPath}/render`, summary: 'Fill in a template without saving it', tag },
    mayReadPrompts,
  )
    .input(
      z.strictObject({
        ...inWorkspace,
        content: promptContent,
        variables: variables.default([]),
        values: variableValues.default({}),
      }),
    )
    .output(z.object({ messages: renderedMessages })),
};
