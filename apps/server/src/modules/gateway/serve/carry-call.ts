// One model call from a verified credential to its settled answer: rights, limits, the plan, the attempts. Every surface, and
// every part of the house that calls a model, comes through here, so that none can forget a step.
import { budgetsFor } from '../admission/load-terms.ts';
import { type Grounds, type Principal, requireRight } from '../admission/require-right.ts';
import { BUILT_IN } from '../built-in/find-built-in.ts';
import { openBuiltIn } from '../built-in/open-built-in.ts';
import type { CacheDirective } from '../cache/create-answer-cache.ts';
import type { Gateway } from '../index.ts';
import type { Entry, Origin } from '../ledger/index.ts';
import type { Answering, Ask, Call, Surface } from '../relay/index.ts';
import { watchAnswer } from '../requests/watch-answer.ts';
import type { Watch } from '../routing/create-access-watch.ts';
import { defaultsOf, type Option, planCall } from '../routing/plan-call.ts';
import { logRequest } from './log-request.ts';
import { type Tried, tryTargets } from './try-targets.ts';
import { wrapCall } from './wrap-call.ts';

export type Carried = {
  /** UUIDv7: the call's in the ledger. */
  id: string;
  principal: Principal;
  surface: Surface;
  response: Answering;
  /** Understands what is asked; `defaultModel` stands in where no model is named. Throws what the caller is told. */
  readAsk(defaultModel: string | undefined): Ask;
  /** What the caller wishes of the answer cache. */
  directive: CacheDirective;
  /** Called when nothing is in the way any more; from then on failures are answers on `response`. */
  begin(): Watch;
  origin?: Origin | undefined;
  keepAnswer?: Call['keepAnswer'];
};

/** Carries a call out and answers it on `response`. Throws a Problem as long as it has not begun. */
export async function carryCall(gateway: Gateway, carried: Carried): Promise<Tried> {
  const { principal, surface, response } = carried;
  requireRight(principal, 'ai:query');
  const { organization_id, workspace_id } = principal;
  const grounds =
    gateway.peekGrounds(organization_id, workspace_id) ??
    (await gateway.loadGrounds(organization_id, workspace_id));
  const ask = carried.readAsk(grounds.configuration.default_model ?? undefined);
  const admitted = gateway.admit({
    principal,
    terms: grounds.terms,
    ask,
    hasOutput: surface !== 'embeddings',
    response,
  });
  const admission = admitted instanceof Promise ? await admitted : admitted;
  let entry: Entry | undefined;
  try {
    for (const name in admission.headers) response.setHeader(name, admission.headers[name]!);
    const tried = await attempt(gateway, carried, { grounds, ask });
    entry = tried.entry;
    return tried;
  } finally {
    admission.finish(entry);
  }
}

async function attempt(
  gateway: Gateway,
  carried: Carried,
  { grounds, ask }: { grounds: Grounds; ask: Ask },
): Promise<Tried> {
  const { principal, surface, response, origin, keepAnswer, directive } = carried;
  const { organization_id, workspace_id } = principal;
  const { health, prices } = gateway;
  const wish = { model: ask.model, surface, callerId: principal.id, userId: userOf(ask) };
  const plan = planCall({ health, prices, nowMs: gateway.deps.clock.now() }, grounds, wish);
  const defaults = defaultsOf(grounds.configuration, surface);
  const { content } = grounds.configuration.request_log;
  const answered = content === 'none' ? undefined : watchAnswer(response);
  const watch = carried.begin();
  const call = {
    id: carried.id,
    caller: { organization_id, workspace_id, actor_kind: principal.kind, actor_id: principal.id },
    surface,
    budgets: budgetsFor(grounds.terms, principal),
    signal: watch.signal,
    ...(defaults ? { defaults } : {}),
    ...(origin ? { origin } : {}),
    ...(keepAnswer ? { keepAnswer } : {}),
    ...(plan.options.some(isBuiltIn)
      ? { openBuiltIn: () => openBuiltIn(gateway.deps.answer, principal) }
      : {}),
  };
  const wrapped = wrapCall(gateway, { grounds, call, directive, response });
  const trial = { call, ask, plan, around: wrapped?.around, response };
  const tried = await tryTargets(gateway, trial).finally(watch.end);
  const findings = wrapped?.findings() ?? [];
  if (answered || tried.chain.length > 1 || findings.length > 0)
    logRequest(gateway, { call, ask, chain: tried.chain, findings, content, answered });
  return tried;
}

const isBuiltIn = ({ target }: Option) => target.provider === BUILT_IN;

const USER_MAX = 512;

/** The caller's own name for whom it asks, as OpenAI's and Anthropic's clients send it. */
function userOf({ json }: Ask): string | undefined {
  const metadata = json.metadata as { user_id?: unknown } | null | undefined;
  const user = json.safety_identifier ?? json.user ?? metadata?.user_id;
  return typeof user === 'string' && user !== '' ? user.slice(0, USER_MAX) : undefined;
}
