// An agent names tools of its own workspace only.
import { agentProblem } from '@insula/contract/agents';
import type { TenantTx } from '../../../platform/db/door.ts';
import { listExistingTools } from './store.ts';

/** Throws `agent_tool_unknown` unless all of the tools are there. */
export async function assertToolsExist(
  tx: TenantTx,
  at: { organizationId: string; workspaceId: string },
  ids: string[],
): Promise<void> {
  const found = await listExistingTools(tx, at, ids);
  const missing = ids.find((id) => !found.includes(id));
  if (missing !== undefined) throw agentProblem('agent_tool_unknown', { tool: missing });
}
