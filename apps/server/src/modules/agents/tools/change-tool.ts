// The tools of a workspace: made, changed, deleted. Where a tool leads is judged when it is saved and again at each call.

import {
  agentSettings,
  type agentTool,
  agentToolProblem,
  httpSettings,
  mcpSettings,
} from '@insula/contract/agent-tools';
import { agentProblem } from '@insula/contract/agents';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { ChatDeps } from '../chat/chat-deps.ts';
import { findAgent, hasWorkspace, holdWorkspace } from '../profiles/store.ts';
import { isReadable } from './judge-arguments.ts';
import { sealHeaders } from './seal-headers.ts';
import { addTool, deleteTool, findTool, pageTools, type ToolRow, updateTool } from './store.ts';

export type AgentTool = z.infer<typeof agentTool>;
type Kind = ToolRow['kind'];
type Settings = Record<string, unknown>;
type ToolDeps = Pick<ChatDeps, 'db' | 'events' | 'clock' | 'egress' | 'secrets'>;
type At = { organizationId: string; workspaceId: string };
export type ToolInput = {
  workspace_id: string;
  name: string;
  description: string;
  kind: Kind;
  settings: Settings;
  secret_headers: Record<string, string>;
  requires_approval?: boolean | undefined;
  is_active: boolean;
};
export type ToolChange = { workspace_id: string; agent_tool_id: string } & {
  [K in keyof Omit<ToolInput, 'workspace_id' | 'kind'>]?: ToolInput[K] | undefined;
};

/** Makes a tool and announces `agent_tool.created`; throws `agent_tool_invalid`, `agent_tool_name_taken`, `egress_refused`. */
export async function createTool(deps: ToolDeps, actor: Actor, input: ToolInput): Promise<AgentTool> {
  const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const id = newId(deps.clock.now());
  const settings = await readSettings(deps, input.kind, input.settings);
  const secret = await sealHeaders(deps.secrets, { ...at, toolId: id }, input.secret_headers);
  return deps.db.as(actor, async (tx) => {
    if (!(await holdWorkspace(tx, at))) throw tenancyProblem('workspace_not_found');
    await assertAgent(tx, at, settings);
    const row = await addTool(tx, {
      ...{ organization_id: at.organizationId, id, workspace_id: at.workspaceId },
      ...{ name: input.name, description: input.description, kind: input.kind, settings, secret },
      requires_approval: input.requires_approval ?? needsApproval(input.kind, settings),
      is_active: input.is_active,
    });
    if (!row) throw agentToolProblem('agent_tool_name_taken', { name: input.name });
    await announce(tx, { deps, actor, row }, 'agent_tool.created');
    return presentTool(row);
  });
}

/** Changes what is given and announces `agent_tool.changed`; throws `agent_tool_not_found`, and what making one throws. */
export async function changeTool(deps: ToolDeps, actor: Actor, input: ToolChange): Promise<AgentTool> {
  const { workspace_id, agent_tool_id: id, settings: given, secret_headers, ...rest } = input;
  const at = { organizationId: actor.organization_id, workspaceId: workspace_id };
  const before = await deps.db.as(actor, (tx) => findTool(tx, at, id));
  if (!before) throw agentToolProblem('agent_tool_not_found');
  const settings = given && (await readSettings(deps, before.kind, given));
  const secret = secret_headers && (await sealHeaders(deps.secrets, { ...at, toolId: id }, secret_headers));
  // A secret goes only where it was saved for.
  const isMoved = settings && originOf(settings) !== originOf(before.settings);
  const kept = secret === undefined ? (isMoved ? { secret: null } : {}) : { secret };
  const set = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const write = async (tx: TenantTx) => {
    if (settings) await assertAgent(tx, at, settings);
    const row = await updateTool(tx, { ...at, id }, { ...set, ...kept, ...(settings ? { settings } : {}) });
    if (!row) throw agentToolProblem('agent_tool_not_found');
    await announce(tx, { deps, actor, row }, 'agent_tool.changed');
    return presentTool(row);
  };
  return deps.db.as(actor, write).catch((error: { constraint?: string }) => {
    if (error.constraint?.endsWith('name_key'))
      throw agentToolProblem('agent_tool_name_taken', { name: input.name });
    throw error;
  });
}

/** Deletes a tool and announces `agent_tool.removed`; agents that named it go on without it. */
export async function removeTool(
  deps: ToolDeps,
  actor: Actor,
  input: { workspace_id: string; agent_tool_id: string },
): Promise<{ id: string; deleted: true }> {
  const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  return deps.db.as(actor, async (tx) => {
    const row = await findTool(tx, at, input.agent_tool_id);
    if (!row || !(await deleteTool(tx, { ...at, id: row.id })))
      throw agentToolProblem('agent_tool_not_found');
    await announce(tx, { deps, actor, row }, 'agent_tool.removed');
    return { id: row.id, deleted: true };
  });
}

/** One tool, without its secret; throws `agent_tool_not_found`. */
export async function getTool(
  deps: Pick<ToolDeps, 'db'>,
  actor: Actor,
  input: { workspace_id: string; agent_tool_id: string },
): Promise<AgentTool> {
  const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const row = await deps.db.as(actor, (tx) => findTool(tx, at, input.agent_tool_id));
  if (!row) throw agentToolProblem('agent_tool_not_found');
  return presentTool(row);
}

/** A page of tools, newest first; throws `workspace_not_found`. */
export async function listToolPage(
  deps: Pick<ToolDeps, 'db'>,
  actor: Actor,
  input: { workspace_id: string; limit: number; cursor?: string | undefined },
): Promise<{ data: AgentTool[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  return deps.db.as(actor, async (tx) => {
    if (!(await hasWorkspace(tx, at))) throw tenancyProblem('workspace_not_found');
    return pageOf(await pageTools(tx, at, { limit: input.limit, before }), input.limit, presentTool);
  });
}

const kinds = { http: httpSettings, mcp: mcpSettings, agent: agentSettings };

/** The settings as their kind has them, with an address that may be called. */
async function readSettings(deps: ToolDeps, kind: Kind, given: Settings): Promise<Settings> {
  const read = kinds[kind].safeParse(given);
  if (!read.success)
    throw agentToolProblem('agent_tool_invalid', { reason: `these are not the settings of ${kind}.` });
  const settings: Settings = read.data;
  if (kind === 'agent') return settings;
  await deps.egress.checkUrl(originOf(settings)!);
  if (kind === 'http') assertParameters(settings);
  return settings;
}

function assertParameters({ url, parameters }: Settings): void {
  const { type, properties } = parameters as { type?: unknown; properties?: Record<string, unknown> };
  if (type !== 'object' || !isReadable(parameters as object))
    throw agentToolProblem('agent_tool_invalid', {
      reason: 'parameters must be a JSON schema of type object.',
    });
  const missing = [...String(url).matchAll(/\{(\w+)\}/g)].find(([, name]) => !(name! in (properties ?? {})));
  if (missing)
    throw agentToolProblem('agent_tool_invalid', {
      reason: `the address names ${missing[0]}, parameters do not.`,
    });
}

const originOf = ({ url }: Settings) => (url === undefined ? undefined : new URL(String(url)).origin);

const needsApproval = (kind: Kind, settings: Settings) =>
  kind === 'mcp' || (kind === 'http' && settings.method !== 'GET');

async function assertAgent(tx: TenantTx, at: At, settings: Settings): Promise<void> {
  if (settings.agent_id === undefined) return;
  if (!(await findAgent(tx, { ...at, agentId: String(settings.agent_id) })))
    throw agentProblem('agent_not_found');
}

async function announce(
  tx: TenantTx,
  about: { deps: ToolDeps; actor: Actor; row: ToolRow },
  type: string,
): Promise<void> {
  const { deps, actor, row } = about;
  await deps.events.announce(tx, actor, {
    type,
    subject_type: 'agent_tool',
    subject_id: row.id,
    workspace_id: row.workspace_id,
    details: { name: row.name, kind: row.kind, requires_approval: row.requires_approval },
  });
}

function presentTool(row: ToolRow): AgentTool {
  return {
    ...{ id: row.id, workspace_id: row.workspace_id, name: row.name, description: row.description },
    ...{ kind: row.kind, settings: row.settings, has_secret: row.secret !== null },
    ...{ requires_approval: row.requires_approval, is_active: row.is_active },
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
