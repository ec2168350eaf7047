// A server with scripted providers and organizations that use them, for tests of whole model calls with the official SDK.
import OpenAI from 'openai';
import { type OpenAiProvider, startOpenAiProvider } from './fakes/openai-provider.ts';
import { type IdentityGround, openIdentityGround, type Place } from './open-identity-ground.ts';

export type OfficeGround = {
  ground: IdentityGround;
  url: string;
  /** Scripted providers; more are started on demand. */
  providers: OpenAiProvider[];
  startProvider(): Promise<OpenAiProvider>;
  /** An organization with an admin and a key, and a credential for each provider given. */
  openOffice(
    credentials: { provider: OpenAiProvider; name?: string; models: string[] | null }[],
  ): Promise<Office>;
  close(): Promise<void>;
};

export type Office = {
  place: Place;
  token: string;
  key: string;
  client: OpenAI;
  /** In the order of the providers they were made for. */
  credentialIds: string[];
  api(method: string, path: string, body?: unknown): Promise<{ status: number; text: string; body: Row }>;
  /** Settled attempts, newest first. */
  usage(): Promise<Row[]>;
};
type Row = Record<string, unknown>;

/** Opens the ground with further settings; providers are stopped with it. */
export async function openOfficeGround(env: Record<string, string> = {}): Promise<OfficeGround> {
  const ground = await openIdentityGround({ env });
  const { port } = ground.app.http.server.address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  const providers: OpenAiProvider[] = [];
  return {
    ground,
    url,
    providers,
    async startProvider() {
      const provider = await startOpenAiProvider();
      providers.push(provider);
      return provider;
    },
    async openOffice(credentials) {
      const place = await ground.newPlace();
      const { access_token: token } = await ground.signIn(await place.join('admin'));
      const api: Office['api'] = (method, path, body) =>
        ground.api(method as 'POST', path, body === undefined ? { token } : { token, body });
      const credentialIds: string[] = [];
      for (const [i, { provider, name = `Provider ${i}`, models }] of credentials.entries()) {
        const saved = await api('POST', `/v1/workspaces/${place.workspaceId}/credentials`, {
          name,
          provider: 'openai',
          api_key: provider.apiKey,
          base_url: `${provider.origin}/v1`,
          models,
          priority: 100 + i,
        });
        if (saved.status !== 201) throw new Error(saved.text);
        credentialIds.push(saved.body.id as string);
      }
      const made = await api('POST', `/v1/workspaces/${place.workspaceId}/api-keys`, {
        name: 'Test',
        scopes: ['chat', 'embeddings', 'models'],
        rate_limit_per_minute: 100_000,
      });
      if (made.status !== 201) throw new Error(made.text);
      const key = made.body.key as string;
      const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
      const usage = async () => (await api('GET', `/v1/organizations/${place.id}/usage`)).body.data as Row[];
      return { place, token, key, client, credentialIds, api, usage };
    },
    async close() {
      await ground.close();
      for (const provider of providers) await provider.stop();
    },
  };
}
