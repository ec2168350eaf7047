// What a workspace can call: its credentials and the organization's, opened once and remembered until one of them changes.
import { systemActor } from '../../../platform/actor.ts';
import { openCredential } from '../credentials/open-credential.ts';
import { type CredentialRow, listUsableCredentials } from '../credentials/store.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { type ModelRoute, presentModelRoute } from '../model-routes/present-model-route.ts';
import { listUsableModelRoutes } from '../model-routes/store.ts';
import { type Connection, keyHeaders } from '../providers/connect-provider.ts';
import { findProvider, type Provider } from '../providers/provider-list.ts';
import type { Target } from '../relay/index.ts';

/** A credential ready for use. `models` is null when the provider's list is not known. */
export type Route = {
  credentialId: string;
  provider: Provider;
  name: string;
  origin: string;
  headers: Record<string, string>;
  /** What addresses and models are made from. */
  connection: Connection;
  models: ReadonlySet<string> | null;
};

/** The routes of a workspace in the order they are tried: its own first, then the organization's, each by priority. */
export type Routes = {
  routes: Route[];
  byModel: Map<string, Target[]>;
  /** Model routes by the name that callers use; a workspace's own hides the organization's. */
  aliases: ReadonlyMap<string, ModelRoute>;
};

/** Reads and opens the credentials of a workspace, and reads its model routes. */
export async function loadRoutes(
  deps: Pick<GatewayDeps, 'db' | 'secrets' | 'log'>,
  organizationId: string,
  workspaceId: string,
): Promise<Routes> {
  const home = { organizationId, workspaceId };
  const { rows, named } = await deps.db.as(systemActor(organizationId), async (tx) => ({
    rows: await listUsableCredentials(tx, home),
    named: await listUsableModelRoutes(tx, home),
  }));
  const routes = await Promise.all(rows.map((row) => openRoute(deps, row)));
  const aliases = new Map<string, ModelRoute>();
  for (const row of named) if (!aliases.has(row.name)) aliases.set(row.name, presentModelRoute(row));
  return { routes: routes.filter((route) => route !== undefined), byModel: new Map(), aliases };
}

async function openRoute(
  deps: Pick<GatewayDeps, 'secrets' | 'log'>,
  row: CredentialRow,
): Promise<Route | undefined> {
  const provider = findProvider(row.provider);
  if (!provider) return undefined;
  try {
    const connection = await openCredential(deps, row, provider);
    return {
      credentialId: row.id,
      provider,
      name: row.name,
      origin: new URL(row.base_url).origin,
      headers: keyHeaders(connection),
      connection,
      models: row.models ? new Set(row.models) : null,
    };
  } catch (error) {
    deps.log.error(
      { credential_id: row.id, error: (error as Error).message },
      'a provider credential could not be opened',
    );
    return undefined;
  }
}
