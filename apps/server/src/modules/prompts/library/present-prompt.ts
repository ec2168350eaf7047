// Prompts and versions as the contract shows them.
import type { prompt, promptVersion, promptWithVersion } from '@insula/contract/prompts';
import type { z } from 'zod';
import { presentAuthor } from '../author-of.ts';
import type { Settings, Template } from '../templates/read-template.ts';
import type { VersionRow } from '../versions/store.ts';
import type { PromptRow } from './store.ts';

export type Prompt = z.input<typeof prompt>;
export type PromptVersion = z.output<typeof promptVersion>;
export type PromptWithVersion = z.input<typeof promptWithVersion>;

/** Presents a prompt without its words. */
export function presentPrompt(row: PromptRow): Prompt {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    name: row.name,
    title: row.title,
    description: row.description,
    category: row.category,
    tags: row.tags,
    is_enhancement_prompt: row.is_enhancement_prompt,
    author: presentAuthor(row),
    latest_version: row.latest_number,
    labels: row.labels,
    removed_at: row.removed_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** Presents a version, as it was checked when it was saved. */
export function presentVersion(row: VersionRow): PromptVersion {
  return {
    prompt_id: row.prompt_id,
    number: row.number,
    ...templateOf(row),
    settings: settingsOf(row.settings),
    note: row.note,
    author: presentAuthor(row),
    labels: row.labels,
    created_at: row.created_at.toISOString(),
  };
}

/** How a model is called, as it was saved; whatever else stands there is not shown. */
export function settingsOf(saved: unknown): Settings {
  const { provider = null, model = null, parameters = {} } = saved as Partial<Settings>;
  return { provider, model, parameters };
}

/** The template of a version. */
export function templateOf(row: Pick<VersionRow, 'content' | 'variables'>): Template {
  return { content: row.content, variables: row.variables } as Template;
}
