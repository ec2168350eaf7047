// One question to a model through the gateway, answered as it is made.
import { InsulaError } from '@insula/sdk';
import type { Account } from '../account/open-account.ts';
import { plainText, type Shell, UsageError } from '../terminal/shell.ts';

export type Question = { text: string; model?: string | undefined; system?: string | undefined };
type Chunk = {
  model?: string;
  choices?: { delta?: { content?: string | null }; message?: { content?: string | null } }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  error?: { message?: string };
};

/** Streams the answer to stdout; on a terminal, model and tokens go to stderr. Without a model, the default or first one is asked. */
export async function askModel(shell: Shell, account: Account, question: Question): Promise<void> {
  const answer = await send(account, question).catch(async (error: unknown) => {
    if (!(error instanceof InsulaError) || error.code !== 'model_needed') throw error;
    const [first] = await listModels(account);
    if (!first) throw new UsageError('No model is connected. See: insula credential create --help');
    return send(account, { ...question, model: first.id });
  });
  let last: Chunk = {};
  for await (const chunk of readChunks(answer)) {
    if (chunk.error) throw new Error(plainText(chunk.error.message ?? 'The model stopped with an error.'));
    const [choice] = chunk.choices ?? [];
    shell.stdout.write(keepLines(choice?.delta?.content ?? choice?.message?.content ?? ''));
    last = { ...last, ...chunk, usage: chunk.usage ?? last.usage ?? null };
  }
  shell.stdout.write('\n');
  if (shell.stdout.isTTY && last.model) shell.stderr.write(`\n${sayUsage(last)}\n`);
}

/** The models that this account may use. */
export async function listModels(account: Account): Promise<{ id: string; owned_by: string }[]> {
  const answer = await account.insula.request('/v1/models', { headers: await placeHeaders(account) });
  return ((await answer.json()) as { data: { id: string; owned_by: string }[] }).data;
}

async function send(account: Account, { text, model, system }: Question): Promise<Response> {
  const messages = [
    ...(system ? [{ role: 'system', content: system }] : []),
    { role: 'user', content: text },
  ];
  const options = { stream: true, stream_options: { include_usage: true } };
  return account.insula.request('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await placeHeaders(account)) },
    body: JSON.stringify({ ...(model ? { model } : {}), messages, ...options }),
  });
}

/** A person says in which workspace; an API key has its own. */
async function placeHeaders(account: Account): Promise<Record<string, string>> {
  const workspace = account.login().workspace?.id;
  return workspace ? { 'x-workspace-id': workspace } : {};
}

async function* readChunks(answer: Response): AsyncGenerator<Chunk> {
  if (!answer.headers.get('content-type')?.includes('event-stream')) {
    yield (await answer.json()) as Chunk;
    return;
  }
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of answer.body ?? []) {
    const lines = `${rest}${decoder.decode(bytes as Uint8Array, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const text = /^data: ?(.*?)\r?$/.exec(line)?.[1];
      if (text && text !== '[DONE]') yield JSON.parse(text) as Chunk;
    }
  }
}

/** Control characters are taken out, line breaks and tabs stay. */
function keepLines(text: string): string {
  return text
    .split(/([\n\t])/)
    .map((part, at) => (at % 2 === 1 ? part : plainText(part)))
    .join('');
}

function sayUsage({ model, usage }: Chunk): string {
  const tokens = usage ? `, ${usage.prompt_tokens} + ${usage.completion_tokens} tokens` : '';
  return `${model}${tokens}`;
}
