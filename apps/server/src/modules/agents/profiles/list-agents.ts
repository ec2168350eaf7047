// Listing the agents of a workspace.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { AgentDeps } from '../index.ts';
import { type Agent, presentAgent } from './present-agent.ts';
import { hasWorkspace, listAgents as readAgents } from './store.ts';

/** A page of agents, newest first; throws `workspace_not_found`. */
export async function listAgents(
  deps: AgentDeps,
  actor: Actor,
  input: {
    workspace_id: string;
    limit: number;
    cursor?: string | undefined;
    slug?: string | undefined;
  },
): Promise<{ data: Agent[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
    if (!(await hasWorkspace(tx, place))) throw tenancyProblem('workspace_not_found');
    const rows = await readAgents(tx, { ...place, limit: input.limit, before, slug: input.slug });
    return pageOf(rows, input.limit, presentAgent);
  });
}
