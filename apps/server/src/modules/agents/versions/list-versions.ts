// Reading the history of an agent.
import { agentVersionProblem } from '@insula/contract/agent-versions';
import { agentProblem } from '@insula/contract/agents';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { AgentDeps } from '../index.ts';
import { findAgent } from '../profiles/store.ts';
import { fieldsOf } from './record-version.ts';
import { findVersion, listVersions as readVersions, type VersionRow } from './store.ts';

export type VersionAt = { workspace_id: string; agent_id: string; version: number };

/** A version without its fields. */
export function presentHead(row: VersionRow) {
  const { id, version, changed, restored_from, created_by, created_by_name } = row;
  const created_at = row.created_at.toISOString();
  return { id, version, changed, restored_from, created_by, created_by_name, created_at };
}

/** A page of versions, newest first; throws `agent_not_found`. */
export async function listVersions(
  deps: AgentDeps,
  actor: Actor,
  input: { workspace_id: string; agent_id: string; limit: number; cursor?: string | undefined },
) {
  const before = idOfCursor(input.cursor);
  const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  return deps.db.as(actor, async (tx) => {
    const place = { ...at, agentId: input.agent_id };
    if (!(await findAgent(tx, place))) throw agentProblem('agent_not_found');
    const rows = await readVersions(tx, { ...place, limit: input.limit, before });
    return pageOf(rows, input.limit, presentHead);
  });
}

/** One version with its fields; throws `agent_not_found`, `agent_version_not_found`. */
export async function getVersion(deps: AgentDeps, actor: Actor, input: VersionAt) {
  const [row] = await readSome(deps, actor, { ...input, versions: [input.version] });
  return { ...presentHead(row!), agent_id: row!.agent_id, fields: fieldsOf(row!.fields) };
}

/** Several versions of one agent, all there; throws `agent_not_found`, `agent_version_not_found`. */
export async function readSome(
  deps: AgentDeps,
  actor: Actor,
  input: Omit<VersionAt, 'version'> & { versions: number[] },
): Promise<VersionRow[]> {
  const place = {
    organizationId: actor.organization_id,
    workspaceId: input.workspace_id,
    agentId: input.agent_id,
  };
  return deps.db.as(actor, async (tx) => {
    if (!(await findAgent(tx, place))) throw agentProblem('agent_not_found');
    const rows: VersionRow[] = [];
    for (const version of input.versions) {
      const row = await findVersion(tx, { ...place, version });
      if (!row) throw agentVersionProblem('agent_version_not_found', { version });
      rows.push(row);
    }
    return rows;
  });
}
