// Saving a provider credential: the address is guarded, the key is tried and sealed, and only then something is written.
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { requireWholeOrganization } from '../../governance/index.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { connectProvider } from '../providers/connect-provider.ts';
import { encodeSecrets, type GivenFields } from '../providers/describe-fields.ts';
import { type Credential, hintOf, placeOfSecret, presentCredential } from './present-credential.ts';
import { addCredential, type Home } from './store.ts';
import { tryCredential } from './try-credential.ts';

export type NewCredential = GivenFields & {
  name: string;
  provider: string;
  models?: string[] | null | undefined;
  priority: number;
  test: boolean;
};

/** Saves a new credential and announces `credential.created`; one of the organization is for those who see all of it. */
export async function createCredential(
  deps: GatewayDeps,
  actor: Actor,
  input: NewCredential & { home: Home },
): Promise<Credential> {
  if (input.home.workspaceId === null) requireWholeOrganization(actor);
  const connection = connectProvider(input.provider, input);
  const { provider, secrets, settings, baseUrl } = connection;
  const isKeyless = Object.keys(secrets).length === 0;
  const tried = await tryCredential(deps, connection, input.test);
  const id = newId(deps.clock.now());
  const { organizationId: organization_id, workspaceId: workspace_id } = input.home;
  const secret = isKeyless
    ? null
    : await deps.secrets.seal(organization_id, placeOfSecret(id), encodeSecrets(secrets));
  const row = await deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, input.home);
    const added = await addCredential(tx, {
      organization_id,
      id,
      workspace_id,
      name: input.name,
      provider: provider.id,
      base_url: baseUrl,
      secret,
      secret_hint: isKeyless ? null : hintOf(secrets),
      settings: JSON.stringify(settings),
      models: input.models ?? tried.models,
      priority: input.priority,
      tested_at: tried.at,
      test_error: null,
    });
    const details = { name: input.name, provider: provider.id, base_url: baseUrl };
    await deps.events.announce(tx, actor, {
      type: 'credential.created',
      subject_type: 'credential',
      subject_id: id,
      workspace_id,
      details,
    });
    return added;
  });
  return presentCredential(row);
}
