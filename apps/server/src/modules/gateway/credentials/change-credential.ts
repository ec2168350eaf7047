// Changing a provider credential, or rotating its key. A key only ever travels to the origin it was saved with: a base_url
// at another origin needs the key again.
import { gatewayProblem } from '@insula/contract/gateway';
import type { Actor } from '../../../platform/actor.ts';
import type { GatewayDeps } from '../index.ts';
import { type Credential, hintOf, placeOfSecret, presentCredential } from './present-credential.ts';
import { type CredentialRow, findCredential, type Home, updateCredential } from './store.ts';
import { getProvider, type Trial, tryCredential } from './try-credential.ts';

export type CredentialChange = {
  name?: string | undefined;
  api_key?: string | undefined;
  base_url?: string | undefined;
  models?: string[] | null | undefined;
  priority?: number | undefined;
  status?: 'active' | 'disabled' | undefined;
  test: boolean;
};
type Input = CredentialChange & { home: Home; id: string };

/** Changes what is given and announces `credential.changed`. */
export async function changeCredential(deps: GatewayDeps, actor: Actor, input: Input): Promise<Credential> {
  const before = await deps.db.as(actor, (tx) => findCredential(tx, input.home, input.id));
  if (!before) throw gatewayProblem('credential_not_found');
  const baseUrl = (input.base_url ?? before.base_url).replace(/\/+$/, '');
  const tried = await tryChange(deps, before, { ...input, baseUrl });
  const { organization_id } = before;
  const sealed = input.api_key
    ? {
        secret: await deps.secrets.seal(organization_id, placeOfSecret(input.id), Buffer.from(input.api_key)),
        secret_hint: hintOf(input.api_key),
      }
    : {};
  const fields = {
    name: input.name,
    priority: input.priority,
    status: input.status,
    models: input.models === undefined ? (tried.models ?? undefined) : input.models,
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const tested = tried.at ? { tested_at: tried.at, test_error: null } : {};
  const row = await deps.db.as(actor, async (tx) => {
    const change = { ...given, ...sealed, ...tested, base_url: baseUrl };
    const changed = await updateCredential(tx, { organizationId: organization_id, id: input.id }, change);
    if (!changed) throw gatewayProblem('credential_not_found');
    const details = { fields: [...Object.keys(given), ...Object.keys(sealed)], base_url: baseUrl };
    await deps.events.announce(tx, actor, {
      type: 'credential.changed',
      subject_type: 'credential',
      subject_id: input.id,
      workspace_id: before.workspace_id,
      details,
    });
    return changed;
  });
  return presentCredential(row);
}

async function tryChange(
  deps: GatewayDeps,
  before: CredentialRow,
  input: Input & { baseUrl: string },
): Promise<Trial> {
  const { baseUrl, api_key } = input;
  const provider = getProvider(before.provider);
  const isMoved = new URL(baseUrl).origin !== new URL(before.base_url).origin;
  if (isMoved && before.secret && !api_key) throw gatewayProblem('api_key_needed', { provider: provider.id });
  if (baseUrl === before.base_url && api_key === undefined) return { models: null, at: null };
  const stored =
    api_key === undefined && before.secret
      ? await deps.secrets.open(before.organization_id, placeOfSecret(before.id), before.secret)
      : undefined;
  return tryCredential(deps, {
    provider,
    baseUrl,
    key: api_key ?? stored?.toString() ?? null,
    test: input.test,
  });
}
