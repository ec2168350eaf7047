// Prompts as JSON, out of one workspace and into another: all versions and labels, without who wrote them when.
import { promptProblem } from '@insula/contract/prompts';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { readTemplate } from '../templates/read-template.ts';
import { addVersion, listAllVersions, putLabel, type VersionRow } from '../versions/store.ts';
import { foundBy, insertPrompt, type PromptWords, type VersionWords, versionRow } from './create-prompt.ts';
import { presentVersion } from './present-prompt.ts';
import {
  findPromptNamed,
  lockPrompt,
  type PromptRow,
  listPrompts as readPrompts,
  updatePrompt,
} from './store.ts';

export type MovedPrompt = PromptWords & {
  labels: { label: string; version: number }[];
  versions: VersionWords[];
};
type Place = { organizationId: string; workspaceId: string };
const EXPORTED_MAX = 20;

/** A page of prompts with all their versions; at most 20 at a time. */
export async function exportPrompts(
  deps: PromptsDeps,
  actor: Actor,
  input: { workspace_id: string; limit: number; cursor?: string | undefined },
): Promise<{ data: MovedPrompt[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const limit = Math.min(input.limit, EXPORTED_MAX);
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    const rows = await readPrompts(tx, { ...place, limit, before });
    const promptIds = rows.slice(0, limit).map((row) => row.id);
    const versions = Map.groupBy(await listAllVersions(tx, { ...place, promptIds }), (row) => row.prompt_id);
    return pageOf(rows, limit, (row) => moved(row as PromptRow, versions.get(row.id) ?? []));
  });
}

function moved(row: PromptRow, versions: VersionRow[]): MovedPrompt {
  const { name, title, description, category, tags, is_enhancement_prompt } = row;
  return {
    ...{ name, title, description, category, tags, is_enhancement_prompt },
    labels: Object.entries(row.labels).map(([label, version]) => ({ label, version })),
    versions: versions.map((version) => {
      const { content, variables, settings, note } = presentVersion(version);
      return { content, variables, settings, note };
    }),
  };
}

export type ImportInput = {
  workspace_id: string;
  prompts: MovedPrompt[];
  on_conflict: 'skip' | 'append' | 'refuse';
};

/** Imports all prompts or none and announces `prompts.imported`; throws `prompt_name_taken` where that is not wanted otherwise. */
export async function importPrompts(deps: PromptsDeps, actor: Actor, input: ImportInput) {
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const read = input.prompts.map((one) => ({
    ...one,
    versions: one.versions.map((each) => readTemplate(each)),
  }));
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    const done = {
      created: [] as { id: string; name: string }[],
      appended: [] as { id: string; name: string }[],
      skipped: [] as string[],
    };
    for (const one of read) {
      const { name } = one;
      const there = await findPromptNamed(tx, { ...place, name });
      if (!there) done.created.push({ id: await addMoved(tx, actor, { place, one }), name });
      else if (input.on_conflict === 'skip') done.skipped.push(name);
      else if (input.on_conflict === 'append')
        done.appended.push({ id: await append(tx, actor, { place, one, promptId: there.id }), name });
      else throw promptProblem('prompt_name_taken', { name });
    }
    await deps.events.announce(tx, actor, {
      type: 'prompts.imported',
      subject_type: 'workspace',
      subject_id: input.workspace_id,
      workspace_id: input.workspace_id,
      details: { created: done.created.length, appended: done.appended.length, skipped: done.skipped.length },
    });
    return { ...done, imported_at: new Date(deps.clock.now()).toISOString() };
  });
}

type Moving = { place: Place; one: MovedPrompt };

async function addMoved(tx: TenantTx, actor: Actor, { place, one }: Moving): Promise<string> {
  const promptId = await insertPrompt(tx, actor, { place, input: one, versions: one.versions });
  for (const { label, version } of one.labels) {
    if (label === 'latest' || version > one.versions.length)
      throw promptProblem('prompt_version_not_found', { version: `${label}: ${version}` });
    await putLabel(tx, { ...place, promptId }, { label, number: version, movedBy: actor.name });
  }
  return promptId;
}

/** Puts the imported versions on top; the labels stay where they are. */
async function append(tx: TenantTx, actor: Actor, moving: Moving & { promptId: string }): Promise<string> {
  const { place, one, promptId } = moving;
  const at = { ...place, promptId };
  const row = await lockPrompt(tx, at);
  if (!row) throw promptProblem('prompt_not_found');
  for (const [i, version] of one.versions.entries())
    await addVersion(tx, { ...versionRow(actor, at, version), number: row.latest_number + i + 1 });
  await updatePrompt(tx, at, {
    latest_number: row.latest_number + one.versions.length,
    found_by: foundBy(row, one.versions.at(-1)!.content),
  });
  return promptId;
}
