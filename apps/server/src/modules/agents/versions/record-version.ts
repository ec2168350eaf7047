// Each change of an agent leaves a version, in the transaction of the change: the agent as it is from then on.
import { type AgentFields, agentFields } from '@insula/contract/agents';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import type { AgentRow } from '../profiles/store.ts';
import { addVersion } from './store.ts';

/** What a version keeps of an agent: everything a person sets. */
export function fieldsOf(row: object): AgentFields {
  return agentFields.parse(row);
}

/** Writes down the version that the row has now. */
export async function recordVersion(
  tx: TenantTx,
  actor: Actor,
  at: { row: AgentRow; changed: string[]; restoredFrom?: number },
): Promise<void> {
  const { row } = at;
  await addVersion(tx, {
    organization_id: row.organization_id,
    id: newId(),
    workspace_id: row.workspace_id,
    agent_id: row.id,
    version: row.version,
    fields: fieldsOf(row),
    changed: at.changed,
    restored_from: at.restoredFrom ?? null,
    created_by: actor.id,
    created_by_name: actor.name.slice(0, 300),
  });
}
