// The version that is meant: by number, by label, or the newest.
import { promptProblem } from '@insula/contract/prompts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { findLabel, findVersion, type VersionRow } from '../versions/store.ts';
import { findPrompt, type PromptRow } from './store.ts';

export type Which = { version?: number | undefined; label?: string | undefined };
type At = { organizationId: string; workspaceId: string; promptId: string };

/** The version meant of a prompt; throws `label_not_found` or `prompt_version_not_found`. */
export async function requireVersion(tx: TenantTx, prompt: PromptRow, which: Which): Promise<VersionRow> {
  const at = {
    organizationId: prompt.organization_id,
    workspaceId: prompt.workspace_id,
    promptId: prompt.id,
  };
  const number = which.version ?? (await numberOf(tx, prompt, which.label));
  const row = await findVersion(tx, at, number);
  if (!row) throw promptProblem('prompt_version_not_found', { version: number });
  return row;
}

async function numberOf(tx: TenantTx, prompt: PromptRow, label: string | undefined): Promise<number> {
  if (label === undefined || label === 'latest') return prompt.latest_number;
  const at = {
    organizationId: prompt.organization_id,
    workspaceId: prompt.workspace_id,
    promptId: prompt.id,
  };
  const number = await findLabel(tx, at, label);
  if (number === undefined) throw promptProblem('label_not_found', { label });
  return number;
}

/** A prompt of the workspace that is not deleted; throws `prompt_not_found`. */
export async function requirePrompt(tx: TenantTx, at: At): Promise<PromptRow> {
  const row = await findPrompt(tx, at);
  if (!row) throw promptProblem('prompt_not_found');
  return row;
}
