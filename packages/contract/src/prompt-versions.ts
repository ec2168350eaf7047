// Versions of a prompt on paper: they never change; labels move between them, and two can be compared.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery } from './fields.ts';
import { renderedMessages, variableValues } from './prompt-templates.ts';
import {
  inWorkspace,
  label,
  mayReadPrompts,
  mayWritePrompts,
  ofPrompt,
  prompt,
  promptFields,
  promptPath,
  promptsPath,
  promptVersion,
  versionFields,
} from './prompts.ts';

const number = z.coerce.number().int().min(1).max(2_147_483_647);
const note = versionFields.note;
const tag = 'Prompts';
const versions = `${promptPath}/versions` as const;
const labelPath = `${promptPath}/labels/{label}` as const;

export const promptVersions = {
  list: endpoint(
    { method: 'GET', path: versions, summary: 'List the versions of a prompt', tag },
    mayReadPrompts,
  )
    .input(pageQuery.extend(ofPrompt))
    .output(pageOf(promptVersion)),
  create: endpoint(
    { method: 'POST', path: versions, summary: 'Save a new version of a prompt', tag, status: 201 },
    mayWritePrompts,
  )
    .input(
      z.strictObject({
        ...ofPrompt,
        ...versionFields,
        /** The version that was edited: if a newer one was saved meanwhile, nothing is. */
        based_on: z.int().min(1).max(2_147_483_647).optional(),
      }),
    )
    .output(promptVersion),
  get: endpoint(
    { method: 'GET', path: `${versions}/{number}`, summary: 'Read a version of a prompt', tag },
    mayReadPrompts,
  )
    .input(z.strictObject({ ...ofPrompt, number }))
    .output(promptVersion),
  restore: endpoint(
    {
      method: 'POST',
      path: `${versions}/{number}/restore`,
      summary: 'Save an old version again as the newest one',
      tag,
      status: 201,
    },
    mayWritePrompts,
  )
    .input(z.strictObject({ ...ofPrompt, number, note }))
    .output(promptVersion),
  compare: endpoint(
    { method: 'GET', path: `${promptPath}/diff`, summary: 'Show what differs between two versions', tag },
    mayReadPrompts,
  )
    .input(z.strictObject({ ...ofPrompt, from: number, to: number }))
    .output(
      z.object({
        from: z.int(),
        to: z.int(),
        is_equal: z.boolean(),
        /** A unified diff of content, variables and settings. */
        unified: z.string(),
        lines_added: z.int(),
        lines_removed: z.int(),
      }),
    ),
  render: endpoint(
    { method: 'POST', path: `${promptPath}/render`, summary: 'Fill in the variables of a version', tag },
    mayReadPrompts,
  )
    .input(
      z.strictObject({
        ...ofPrompt,
        version: z.int().min(1).max(2_147_483_647).optional(),
        label: label.optional(),
        values: variableValues.default({}),
      }),
    )
    .output(z.object({ version: z.int(), messages: renderedMessages })),
};

export const promptLabels = {
  put: endpoint(
    { method: 'PUT', path: labelPath, summary: 'Move a label to a version', tag },
    mayWritePrompts,
  )
    .input(
      z.strictObject({
        ...ofPrompt,
        label,
        version: z.int().min(1).max(2_147_483_647),
        /** Past a gate that is not passed; the reason stands in the trail. */
        force: z.boolean().default(false),
        reason: z.string().trim().max(1_000).default(''),
      }),
    )
    .output(prompt),
  remove: endpoint(
    { method: 'DELETE', path: labelPath, summary: 'Take a label off a prompt', tag },
    mayWritePrompts,
  )
    .input(z.strictObject({ ...ofPrompt, label }))
    .output(prompt),
};

const exported = z.object({
  ...promptFields,
  labels: z.array(z.object({ label: z.string(), version: z.int() })),
  /** The oldest first. */
  versions: z.array(z.object(versionFields)),
});
const imported = z.strictObject({
  ...promptFields,
  labels: z
    .array(z.strictObject({ label, version: z.int().min(1).max(1_000) }))
    .max(50)
    .default([]),
  versions: z.array(z.strictObject(versionFields)).min(1).max(200),
});

export const promptTransfers = {
  export: endpoint(
    { method: 'GET', path: `${promptsPath}/export`, summary: 'Export prompts with all their versions', tag },
    mayReadPrompts,
  )
    .input(pageQuery.extend(inWorkspace))
    .output(z.object({ data: z.array(exported), next_cursor: z.string().nullable() })),
  import: endpoint(
    { method: 'POST', path: `${promptsPath}/import`, summary: 'Import prompts that were exported', tag },
    { ...mayWritePrompts, bodyLimit: 20_971_520 },
  )
    .input(
      z.strictObject({
        ...inWorkspace,
        prompts: z.array(imported).min(1).max(100),
        /** What to do where the name is taken: leave it, add the imported versions on top, or import nothing at all. */
        on_conflict: z.enum(['skip', 'append', 'refuse']).default('refuse'),
      }),
    )
    .output(
      z.object({
        created: z.array(z.object({ id, name: z.string() })),
        appended: z.array(z.object({ id, name: z.string() })),
        skipped: z.array(z.string()),
        imported_at: moment,
      }),
    ),
};
