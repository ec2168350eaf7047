// From a row to a connection: the sealed secrets opened, with the address and settings beside them.
import type { GatewayDeps } from '../gateway-deps.ts';
import type { Connection } from '../providers/connect-provider.ts';
import { decodeSecrets, decodeSettings, type Secrets } from '../providers/describe-fields.ts';
import type { Provider } from '../providers/provider-list.ts';
import { placeOfSecret } from './present-credential.ts';
import type { CredentialRow } from './store.ts';

/** Opens a credential; throws when its seal does not open. */
export async function openCredential(
  deps: Pick<GatewayDeps, 'secrets'>,
  row: CredentialRow,
  provider: Provider,
): Promise<Connection> {
  return {
    credentialId: row.id,
    provider,
    baseUrl: row.base_url.replace(/\/+$/, ''),
    secrets: await openSecrets(deps, row),
    settings: decodeSettings(row.settings),
  };
}

/** The secrets of a row; none when it has none. */
export async function openSecrets(deps: Pick<GatewayDeps, 'secrets'>, row: CredentialRow): Promise<Secrets> {
  if (!row.secret) return {};
  const opened = await deps.secrets.open(row.organization_id, placeOfSecret(row.id), row.secret);
  return decodeSecrets(opened.toString());
}
