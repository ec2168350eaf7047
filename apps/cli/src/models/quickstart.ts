// From a fresh development server to a working API key and snippets to paste, in one command.
import { InsulaError } from '@insula/sdk';
import { signIn } from '../account/log-in.ts';
import { type Account, openAccount } from '../account/open-account.ts';
import { type Shell, UsageError } from '../terminal/shell.ts';
import { type Format, writeResult } from '../terminal/write-result.ts';
import { listModels } from './ask-model.ts';

/** The login that a server in development mode has, on loopback only. */
const developmentLogin = { email: 'admin@localhost', password: 'admin123' };

type Start = { url: string; key: string; workspace: string; models: string[] };

/** Signs in if nobody is, makes a key in the workspace, and shows what to do with it. */
export async function quickstart(shell: Shell, account: Account, format: Format): Promise<void> {
  if (!account.login().session) await signInForDevelopment(account);
  const workspace_id = await account.workspaceId();
  const name = `quickstart ${new Date().toISOString().slice(0, 16).replace('T', ' ')}`;
  const scopes = ['chat', 'embeddings', 'search', 'models', 'usage:read'] as const;
  const made = await account.insula.apiKeys.create({ workspace_id, name, scopes: [...scopes] });
  const withKey = openAccount({ env: { ...shell.env, INSULA_API_KEY: made.key } }, { url: account.url });
  const models = (await listModels(withKey)).map(({ id }) => id);
  const start = {
    url: account.url,
    key: made.key,
    workspace: account.login().workspace?.name ?? workspace_id,
    models,
  };
  if (format === 'json') return writeResult(shell, { ...start, base_url: `${account.url}/v1` }, format);
  shell.stdout.write(sayStart(start));
}

async function signInForDevelopment(account: Account): Promise<void> {
  if (!/^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(account.url))
    throw new UsageError(`Sign in first: insula login --url ${account.url}`);
  try {
    await signIn(account, developmentLogin);
  } catch (error) {
    if (!(error instanceof InsulaError) || error.status !== 401) throw error;
    throw new UsageError(
      `${account.url} does not run in development mode. Sign in first: insula login --url ${account.url}`,
    );
  }
}

function sayStart({ url, key, workspace, models }: Start): string {
  const model = models[0] ?? 'MODEL';
  const shown = models.slice(0, 8).join(', ') + (models.length > 8 ? `, … (${models.length})` : '');
  return `
  Key       ${key}
            for the workspace "${workspace}"; shown this once, so keep it
  Base URL  ${url}/v1
  Models    ${models.length > 0 ? shown : connectFirst}

curl

  curl ${url}/v1/chat/completions \\
    -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" \\
    -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello!"}]}'

Python (pip install openai)

  from openai import OpenAI
  client = OpenAI(base_url="${url}/v1", api_key="${key}")
  answer = client.chat.completions.create(model="${model}", messages=[{"role": "user", "content": "Hello!"}])
  print(answer.choices[0].message.content)

TypeScript (npm install openai)

  import OpenAI from 'openai';
  const client = new OpenAI({ baseURL: '${url}/v1', apiKey: '${key}' });
  const answer = await client.chat.completions.create({ model: '${model}', messages: [{ role: 'user', content: 'Hello!' }] });
  console.log(answer.choices[0].message.content);

Next: insula chat "Hello!"     API documentation: ${url}/docs

`;
}

const connectFirst = `none yet: start Ollama and restart the server, or connect a provider:
            insula credential create --name OpenAI --provider openai --api-key -`;
