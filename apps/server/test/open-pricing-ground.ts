// The ground that tests of prices, ratings and invoices stand on: the whole server, an operator of the platform, organizations
// with an admin, and calls written into the ledger as the relay writes them.
import { createPlatformAdmin } from '../src/modules/identity/index.ts';
import { newId } from '../src/platform/ids.ts';
import { openIdentityGround, PASSWORD, type Place } from './open-identity-ground.ts';
import type { WorldOptions } from './world.ts';

export type Office = Place & { token: string };
export type PricingGround = Awaited<ReturnType<typeof openPricingGround>>;
export type CallFacts = {
  at?: number;
  provider?: string;
  model?: string;
  input?: number;
  cached?: number;
  output?: number;
  reasoning?: number;
  cost_micros?: number | null;
  currency?: string;
  credential_id?: string | null;
  workspace_id?: string | null;
  status?: number;
};

/** Opens a server with an operator of the platform; `publish` throws unless it worked. */
export async function openPricingGround(options: WorldOptions = {}) {
  const ground = await openIdentityGround(options);
  const email = 'operator@example.com';
  await createPlatformAdmin(ground.app.identity, { email, password: PASSWORD });
  const operator = (await ground.signIn({ email, password: PASSWORD })).access_token;
  return {
    ...ground,
    operator,
    async newOffice(): Promise<Office> {
      const place = await ground.newPlace();
      return { ...place, token: (await ground.signIn(await place.join('admin'), place.slug)).access_token };
    },
    /** Publishes prices, for one organization if it is named; answers the body. */
    async publish(
      prices: Record<string, unknown>[],
      more: { organization?: string; dry_run?: boolean } = {},
    ) {
      const { organization, ...rest } = more;
      const path = organization ? `/v1/platform/organizations/${organization}/prices` : '/v1/platform/prices';
      const answer = await ground.api('POST', path, { token: operator, body: { prices, ...rest } });
      if (answer.status !== 200) throw new Error(answer.text);
      return answer.body as Record<string, unknown> & { version: number | null };
    },
    /** Writes a settled call; answers its id. */
    settle: (office: Office, facts: CallFacts = {}) => settleCall(ground, office, facts),
    usageOf: async ({ id, token }: Office, query = '') =>
      (await ground.api('GET', `/v1/organizations/${id}/usage?limit=100${query}`, { token })).body
        .data as Record<string, unknown>[],
    totalsOf: async ({ id, token }: Office, query = '') =>
      (
        await ground.api(
          'GET',
          `/v1/organizations/${id}/usage/totals?from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z${query}`,
          { token },
        )
      ).body.data as Record<string, unknown>[],
    reRate: (office: Office, body: Record<string, unknown>) =>
      ground.api('POST', `/v1/organizations/${office.id}/usage/re-rate`, { token: operator, body }),
  };
}

async function settleCall(
  { app }: Pick<Awaited<ReturnType<typeof openIdentityGround>>, 'app'>,
  office: Office,
  facts: CallFacts,
): Promise<string> {
  const { at = Date.now(), cost_micros = null, currency = 'USD', model = 'gpt-4o-mini' } = facts;
  const id = newId(at);
  const known = cost_micros === null ? null : currency;
  const entry = {
    id,
    attempt: 1,
    organization_id: office.id,
    workspace_id: facts.workspace_id === undefined ? office.workspaceId : facts.workspace_id,
    actor_kind: 'member',
    actor_id: null,
    replica_id: app.replica.id,
    surface: 'chat.completions',
    provider: facts.provider ?? 'openai',
    credential_id: facts.credential_id ?? null,
    requested_model: model,
    upstream_model: model,
    input_tokens: facts.input ?? 100,
    cached_input_tokens: facts.cached ?? 0,
    output_tokens: facts.output ?? 0,
    reasoning_tokens: facts.reasoning ?? 0,
    cost_micros,
    currency: known,
    price_version: known === null ? null : 1,
    usage_source: 'provider' as const,
    status: facts.status ?? 200,
    streamed: false,
    latency_ms: 1,
    first_byte_ms: 1,
    route_id: null,
    variant: null,
    failure: null,
    cache: null,
  };
  const ledger = app.gateway.ledgers.get('main')!;
  await ledger.intend({ ...entry, status: null });
  await ledger.settle(entry);
  return id;
}
