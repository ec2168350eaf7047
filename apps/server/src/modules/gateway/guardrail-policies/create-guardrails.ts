// The guardrails of all workspaces: policies remembered until they change, and a guard for each call that needs one.
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { type guardrailFinding, guardrailRule } from '@insula/contract/guardrails';
import type { z } from 'zod';
import { type Actor, systemActor } from '../../../platform/actor.ts';
import { createTenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { compilePolicy, type Guards, type Phase, type Policy } from '../guardrails/compile-policy.ts';
import { createGuard, type Guard, type Verdict } from '../guardrails/create-guard.ts';
import type { GuardDeps, Place } from '../guardrails/judge-texts.ts';
import { listPolicies } from './store.ts';

export type LoadedGuards = { guards: Guards | undefined };
export type Guardrails = ReturnType<typeof createGuardrails>;
export type Trial = {
  verdict: Verdict;
  text: string | null;
  findings: z.infer<typeof guardrailFinding>[];
};

/** Makes the guardrails; `stop` ends the thread that reads long texts. */
export function createGuardrails(
  deps: Pick<GatewayDeps, 'db' | 'log' | 'requireWorkspace'>,
  guardDeps: GuardDeps,
) {
  const cache = createTenantCache<LoadedGuards>({ invalidation: deps.db.invalidation, max: 20_000 });
  const keyOf = (workspaceId: string) => `guardrails ${workspaceId}`;

  /** What holds in a workspace; `guards` is undefined where nothing does. */
  const load = (organizationId: string, workspaceId: string): Promise<LoadedGuards> =>
    cache.load(organizationId, keyOf(workspaceId), () => readGuards(deps, { organizationId, workspaceId }));

  return {
    load,
    /** The same if it is remembered, without waiting. */
    find: (organizationId: string, workspaceId: string): LoadedGuards | undefined =>
      cache.find(organizationId, keyOf(workspaceId)),
    /** The guard of one call. */
    open: (guards: Guards, place: Place): Guard => createGuard(guardDeps, guards, place),
    /** Runs a text through what holds in a workspace; answers what it would become. */
    async test(
      actor: Actor,
      { workspaceId, text, phase }: { workspaceId: string; text: string; phase: Phase },
    ): Promise<Trial> {
      const home = { organizationId: actor.organization_id, workspaceId };
      await deps.db.as(actor, (tx) => deps.requireWorkspace(tx, home));
      const { guards } = await load(home.organizationId, workspaceId);
      if (!guards) return { verdict: 'pass', text, findings: [] };
      return tryText(createGuard(guardDeps, guards, home), text, phase);
    },
    /** The text with every personal fact and secret that is recognised replaced by its kind; for what is kept. */
    async redact(place: Place, text: string): Promise<string> {
      const { options } = await createGuard(guardDeps, everythingPersonal, place).guardInput(promptOf(text));
      return textOf(options) ?? '';
    },
    stop: () => guardDeps.scanner.stop(),
  };
}

const everythingPersonal = compilePolicy([
  {
    source: 'organization',
    policy: {
      enabled: true,
      on_failure: 'block',
      rules: [guardrailRule.parse({ type: 'personal', name: 'request log', action: 'mask' })],
    },
  },
])!;

function promptOf(text: string): LanguageModelV4CallOptions {
  return { prompt: [{ role: 'user', content: [{ type: 'text', text }] }] };
}

function textOf({ prompt: [message] }: LanguageModelV4CallOptions): string | null {
  const part = message?.role === 'user' ? message.content[0] : undefined;
  return part?.type === 'text' ? part.text : null;
}

async function readGuards(
  deps: Pick<GatewayDeps, 'db' | 'log'>,
  at: { organizationId: string; workspaceId: string },
): Promise<LoadedGuards> {
  const rows = await deps.db.as(systemActor(at.organizationId), (tx) => listPolicies(tx, at));
  return {
    guards: compilePolicy(
      rows.map(({ workspace_id, policy }) => ({
        source: workspace_id === null ? ('organization' as const) : ('workspace' as const),
        policy: policy as Policy,
      })),
    ),
  };
}

async function tryText(guard: Guard, text: string, phase: Phase): Promise<Trial> {
  if (phase === 'input') {
    const { verdict, options, findings } = await guard.guardInput(promptOf(text));
    return { verdict, findings, text: verdict === 'block' ? null : textOf(options) };
  }
  const none = { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined };
  const { verdict, result, findings } = await guard.guardResult({
    content: [{ type: 'text', text }],
    finishReason: { unified: 'stop', raw: undefined },
    usage: { inputTokens: none, outputTokens: { total: undefined, text: undefined, reasoning: undefined } },
    warnings: [],
  });
  const [part] = result.content;
  return { verdict, findings, text: part?.type === 'text' ? part.text : null };
}
