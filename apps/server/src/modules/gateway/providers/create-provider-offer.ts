// Development mode: model servers on this machine and keys in the environment are offered to the default workspace, so that
// the first call works without a form. What a person removed or changed is left alone.
import { systemActor } from '../../../platform/actor.ts';
import { createCredential } from '../credentials/create-credential.ts';
import { type CredentialRow, listUsableCredentials, updateCredential } from '../credentials/store.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { findProvider, type Provider, providerList } from './provider-list.ts';
import { readModels } from './read-models.ts';

export type Offer = {
  organizationId: string;
  workspaceId: string;
  providerKeys: Record<string, string>;
  ownPort: () => number;
};
type Place = { deps: GatewayDeps; offer: Offer; actor: ReturnType<typeof systemActor> };

const PROBE_MS = 30_000;
const PROBE_TIMEOUT_MS = 700;

/** Looks for providers now and every 30 s until stopped; `found` names what the default workspace can call. */
export function createProviderOffer(deps: GatewayDeps, offer: Offer) {
  const place: Place = { deps, offer, actor: systemActor(offer.organizationId, 'development mode') };
  const offered = new Set<string>();
  const found = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const local = providerList.filter(
      (p) => p.local && p.baseUrl && Number(new URL(p.baseUrl).port) !== offer.ownPort(),
    );
    for (const { provider, models } of await probeAll(deps, local)) {
      found.add(provider.name);
      await offerLocal(place, { provider, models, isNew: !offered.has(provider.id) });
      offered.add(provider.id);
    }
  }
  const quietly = (work: Promise<unknown>) =>
    work.catch((error: Error) => deps.log.debug({ error: error.message }, 'looking for providers failed'));

  return {
    found,
    async start(): Promise<void> {
      await quietly(offerKeys(place).then((names) => names.forEach((name) => void found.add(name))));
      await quietly(look());
      timer = setInterval(() => void quietly(look()), PROBE_MS);
      timer.unref();
    },
    async stop(): Promise<void> {
      clearInterval(timer);
    },
  };
}

const usable = ({ deps, offer, actor }: Place): Promise<CredentialRow[]> =>
  deps.db.as(actor, (tx) => listUsableCredentials(tx, offer));

/** Saves the environment's keys that have no credential yet; answers the names of all providers there are. */
async function offerKeys(place: Place): Promise<string[]> {
  const { deps, offer, actor } = place;
  const existing = await usable(place);
  const names = existing.map((row) => findProvider(row.provider)?.name ?? row.provider);
  for (const [id, api_key] of Object.entries(offer.providerKeys)) {
    if (existing.some((row) => row.provider === id)) continue;
    const { name } = findProvider(id)!;
    await createCredential(deps, actor, {
      home: offer,
      name: `${name} (environment)`,
      provider: id,
      api_key,
      priority: 100,
      test: false,
    });
    names.push(name);
  }
  return names;
}

type Found = { provider: Provider; models: string[] };

async function probeAll(deps: GatewayDeps, providers: Provider[]): Promise<Found[]> {
  const answers = await Promise.all(
    providers.map(async (provider): Promise<Found | undefined> => {
      const probe = { credentialId: null, provider, baseUrl: provider.baseUrl!, secrets: {}, settings: {} };
      const answer = await readModels(deps.egress, probe, PROBE_TIMEOUT_MS);
      return answer.ok && answer.models?.length ? { provider, models: answer.models } : undefined;
    }),
  );
  return answers.filter((one) => one !== undefined);
}

async function offerLocal(
  place: Place,
  { provider, models, isNew }: Found & { isNew: boolean },
): Promise<void> {
  const { deps, offer, actor } = place;
  const existing = (await usable(place)).find((row) => row.base_url === provider.baseUrl);
  if (!existing) {
    if (isNew)
      await createCredential(deps, actor, {
        home: offer,
        name: `${provider.name} (this machine)`,
        provider: provider.id,
        models,
        priority: 200,
        test: false,
      });
    return;
  }
  if (JSON.stringify(existing.models) === JSON.stringify(models)) return;
  await deps.db.as(actor, async (tx) => {
    await updateCredential(tx, { organizationId: offer.organizationId, id: existing.id }, { models });
    const details = { models: models.length };
    await deps.events.announce(tx, actor, {
      type: 'credential.models_changed',
      subject_type: 'credential',
      subject_id: existing.id,
      workspace_id: offer.workspaceId,
      details,
    });
  });
}
