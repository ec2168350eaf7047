// The ground that tests of surfaces stand on: the whole server, a provider that speaks one wire, and an organization whose key
// may call it.
import { type ScriptedWire, startScriptedProvider } from './fakes/wires/index.ts';
import { openIdentityGround } from './open-identity-ground.ts';

export type SurfaceGround = Awaited<ReturnType<typeof openSurfaceGround>>;

/** A row of the ledger as the API tells it. */
export type UsageRow = Record<string, unknown> & {
  surface: string;
  status: number;
  usage_source: string;
  streamed: boolean;
};

/** Opens the ground of several wires, each reached by the models named. */
export async function openSurfaceGround(places: readonly { wire: ScriptedWire; models: string[] }[]) {
  const ground = await openIdentityGround();
  const providers = await Promise.all(places.map(({ wire }) => startScriptedProvider(wire)));
  const place = await ground.newPlace();
  const { access_token: token } = await ground.signIn(await place.join('admin'));
  const make = async (path: string, body: Record<string, unknown>) => {
    const answer = await ground.api('POST', `/v1/workspaces/${place.workspaceId}/${path}`, { token, body });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  };
  for (const [i, { wire, models }] of places.entries()) {
    const base_url = `${providers[i]!.origin}${wire.basePath}`;
    const named = { name: wire.name, provider: wire.provider, base_url, models, test: false };
    await make('credentials', { ...named, ...wire.fields });
  }
  const scopes = ['chat', 'embeddings', 'models'];
  const made = await make('api-keys', { name: 'Test', scopes, rate_limit_per_minute: 10_000 });
  return {
    ...ground,
    place,
    token,
    key: String(made.key),
    providers,
    /** A further key of the workspace. */
    newKey: async (more: Record<string, unknown>) =>
      String((await make('api-keys', { name: 'More', scopes, ...more })).key),
    /** The newest rows of the ledger, newest first. */
    async usage(): Promise<UsageRow[]> {
      const answer = await ground.api('GET', `/v1/organizations/${place.id}/usage`, { token });
      return answer.body.data as UsageRow[];
    },
    async close() {
      await ground.close();
      await Promise.all(providers.map((provider) => provider.stop()));
    },
  };
}
