// Changing a provider credential, or rotating its keys. Keys only ever travel to the origin they were saved with: another
// origin needs them again, also when it follows from another region.
import { gatewayProblem } from '@insula/contract/gateway';
import type { Actor } from '../../../platform/actor.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { type Connection, getProvider } from '../providers/connect-provider.ts';
import {
  addressInRegion,
  addressOf,
  decodeSettings,
  encodeSecrets,
  type GivenFields,
  keyNeeded,
  refuseUnusedFields,
  requireKeys,
  type Secrets,
  secretsIn,
  settingsIn,
} from '../providers/describe-fields.ts';
import { openSecrets } from './open-credential.ts';
import { type Credential, hintOf, placeOfSecret, presentCredential } from './present-credential.ts';
import { type CredentialRow, findCredential, type Home, updateCredential } from './store.ts';
import { type Trial, tryCredential } from './try-credential.ts';

export type CredentialChange = GivenFields & {
  name?: string | undefined;
  models?: string[] | null | undefined;
  priority?: number | undefined;
  status?: 'active' | 'disabled' | undefined;
  test: boolean;
};
type Input = CredentialChange & { home: Home; id: string };
/** What the credential connects to after the change; `secrets` only when new ones are given. */
type Wanted = Omit<Connection, 'secrets'> & { secrets: Secrets | undefined };

/** Changes what is given and announces `credential.changed`. New secrets replace all of the old ones. */
export async function changeCredential(deps: GatewayDeps, actor: Actor, input: Input): Promise<Credential> {
  const before = await deps.db.as(actor, (tx) => findCredential(tx, input.home, input.id));
  if (!before) throw gatewayProblem('credential_not_found');
  const wanted = wantedOf(before, input);
  const tried = await tryChange(deps, before, { wanted, test: input.test });
  const sealed = wanted.secrets ? await sealSecrets(deps, before, wanted.secrets) : {};
  const fields = {
    name: input.name,
    priority: input.priority,
    status: input.status,
    models: input.models === undefined ? (tried.models ?? undefined) : input.models,
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const connected = { base_url: wanted.baseUrl, settings: JSON.stringify(wanted.settings) };
  const tested = tried.at ? { tested_at: tried.at, test_error: null } : {};
  const row = await deps.db.as(actor, async (tx) => {
    const change = { ...given, ...sealed, ...tested, ...connected };
    const at = { organizationId: before.organization_id, id: input.id };
    const changed = await updateCredential(tx, at, change);
    if (!changed) throw gatewayProblem('credential_not_found');
    const details = {
      fields: [...Object.keys(given), ...Object.keys(sealed), ...Object.keys(settingsIn(input))],
      base_url: wanted.baseUrl,
    };
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

async function sealSecrets(deps: GatewayDeps, { organization_id, id }: CredentialRow, secrets: Secrets) {
  const secret = await deps.secrets.seal(organization_id, placeOfSecret(id), encodeSecrets(secrets));
  return { secret, secret_hint: hintOf(secrets) };
}

function wantedOf(before: CredentialRow, input: Input): Wanted {
  const provider = getProvider(before.provider);
  refuseUnusedFields(provider, input);
  const old = decodeSettings(before.settings);
  const settings = { ...old, ...settingsIn(input) };
  // An address that followed from the region follows it on.
  const kept = before.base_url === addressInRegion(old.region) ? undefined : before.base_url;
  const baseUrl = addressOf(provider, { ...settings, base_url: input.base_url ?? kept });
  const secrets = secretsIn(input);
  if (secrets) requireKeys(provider, secrets);
  const isMoved = new URL(baseUrl).origin !== new URL(before.base_url).origin;
  if (isMoved && before.secret && !secrets) throw keyNeeded(provider);
  return { credentialId: before.id, provider, baseUrl, settings, secrets };
}

async function tryChange(
  deps: GatewayDeps,
  before: CredentialRow,
  { wanted, test }: { wanted: Wanted; test: boolean },
): Promise<Trial> {
  const isSame =
    wanted.baseUrl === before.base_url &&
    wanted.secrets === undefined &&
    JSON.stringify(wanted.settings) === JSON.stringify(decodeSettings(before.settings));
  if (isSame) return { models: null, at: null };
  const secrets = wanted.secrets ?? (await openSecrets(deps, before));
  return tryCredential(deps, { ...wanted, secrets }, test);
}
