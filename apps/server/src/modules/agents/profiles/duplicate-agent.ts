// A copy of an agent in the same workspace, under a name and slug of its own; its history begins anew.
import { agentProblem } from '@insula/contract/agents';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { AgentDeps } from '../index.ts';
import { fieldsOf } from '../versions/record-version.ts';
import { insertAgent } from './create-agent.ts';
import { type Agent, presentAgent } from './present-agent.ts';
import { type AgentRow, findAgent, listSlugs, type Place } from './store.ts';

const NAME_MAX = 200;
const SLUG_MAX = 63;

/** Makes the copy and announces `agent.created`; throws `agent_not_found`, `agent_slug_taken` when a slug was given. */
export async function duplicateAgent(
  deps: AgentDeps,
  actor: Actor,
  input: { workspace_id: string; agent_id: string; name?: string | undefined; slug?: string | undefined },
): Promise<Agent> {
  const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  return deps.db.as(actor, async (tx) => {
    const original = await findAgent(tx, { ...at, agentId: input.agent_id });
    if (!original) throw agentProblem('agent_not_found');
    const copy = {
      ...fieldsOf(original),
      workspace_id: at.workspaceId,
      name: input.name ?? `${original.name.slice(0, NAME_MAX - 7)} (copy)`,
      slug: input.slug ?? (await freeSlug(tx, at, original)),
      template: original.template,
    };
    return presentAgent(await insertAgent(tx, { deps, actor, input: copy }));
  });
}

async function freeSlug(tx: TenantTx, at: Place, { slug }: AgentRow): Promise<string> {
  const stem = `${slug.slice(0, SLUG_MAX - 12)}-copy`;
  const taken = new Set(await listSlugs(tx, at, stem));
  for (let n = 1; ; n++) {
    const wanted = n === 1 ? stem : `${stem}-${n}`;
    if (!taken.has(wanted)) return wanted;
  }
}
