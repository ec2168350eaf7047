// A person without any model uploads a file, asks, and gets quotations: on every surface, within their own rights, at no cost.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { within } from '../../../../test/open-identity-ground.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';

type Row = Record<string, unknown>;
const MODEL = 'insula/extractive';
let grounds: OfficeGround;
let office: Office;
let client: OpenAI;
let key: string;

beforeAll(async () => {
  grounds = await openOfficeGround();
  office = await grounds.openOffice([]);
  key = await makeKey(['chat', 'search', 'models']);
  client = clientOf(key);
  await upload(
    'Handbook',
    '# Handbook\n\n## Leave\n\nEvery employee has thirty days of paid leave a year. Leave is asked for two weeks ahead.\n\n## Office\n\nThe office in Lisbon opens at nine. Dogs are welcome on Fridays.',
  );
  await upload(
    'Travel',
    '# Travel\n\nTrips by train are preferred to flights. Receipts are sent to finance within ten days.',
  );
});
afterAll(() => grounds?.close());

const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${grounds.url}/v1`, apiKey, maxRetries: 0 });
const at = (rest: string) => `/v1/workspaces/${office.place.workspaceId}/${rest}`;
async function makeKey(scopes: string[]): Promise<string> {
  const made = await office.api('POST', at('api-keys'), { name: 'Key', scopes });
  return made.body.key as string;
}
async function upload(title: string, content: string, more: Row = {}): Promise<Row> {
  const made = await office.api('POST', at('documents'), { title, content, ...more });
  expect(made.status, made.text).toBe(201);
  await within(
    60_000,
    async () => (await office.api('GET', at(`documents/${made.body.id}`))).body.status === 'ready',
  );
  return made.body;
}
type Message = OpenAI.ChatCompletionMessageParam;
const ask = async (content: string, { as = client, before = [] as Message[] } = {}) => {
  const answer = await as.chat.completions.create({
    model: MODEL,
    messages: [...before, { role: 'user', content }],
  });
  const { insula } = answer as unknown as { insula?: { citations: Row[] } };
  return { answer, text: answer.choices[0]!.message.content!, citations: insula?.citations ?? [] };
};

describe('without a language model', () => {
  test('a workspace has one that quotes, and says that it is none', async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual([MODEL]);
    const { text, citations, answer } = await ask('How many days of paid leave does an employee have?');
    expect(text).toMatch(/^> Every employee has thirty days of paid leave a year\. \[1\]/);
    expect(text).toContain('\n[1] Handbook');
    expect(text).toContain('No language model is connected');
    expect(text).not.toContain('Dogs');
    expect(citations[0]).toMatchObject({ number: 1, title: 'Handbook', page: null });
    expect(answer.usage!.completion_tokens).toBeGreaterThan(10);
  });

  test('its calls are in the ledger with their tokens, and cost nothing', async () => {
    await ask('When does the office in Lisbon open?');
    const [row] = await office.usage();
    expect(row).toMatchObject({ provider: 'insula', upstream_model: MODEL, status: 200, cost_micros: 0 });
    expect(row!.input_tokens as number).toBeGreaterThan(0);
    expect(row!.output_tokens as number).toBeGreaterThan(0);
  });

  test('streams say the same, with the citations at the end', async () => {
    const question = 'When does the office in Lisbon open?';
    const messages = [{ role: 'user' as const, content: question }];
    const stream = await client.chat.completions.create({ model: MODEL, messages, stream: true });
    let text = '';
    let citations: Row[] = [];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      citations = (chunk as unknown as { insula?: { citations: Row[] } }).insula?.citations ?? citations;
    }
    expect(text).toBe((await ask(question)).text);
    expect(text).toContain('opens at nine');
    expect(citations).toHaveLength(1);
  });

  test('the other protocols speak to it, too', async () => {
    const question = 'Are trips by train preferred?';
    const claude = new Anthropic({ baseURL: grounds.url, apiKey: key, maxRetries: 0 });
    const said = await claude.messages.create({
      model: MODEL,
      max_tokens: 500,
      messages: [{ role: 'user', content: question }],
    });
    expect(JSON.stringify(said.content)).toContain('Trips by train are preferred');
    const response = await client.responses.create({ model: MODEL, input: question });
    expect(response.output_text).toContain('Trips by train are preferred');
  });

  test('a follow-up is understood from what was said before', async () => {
    const before: Message[] = [
      { role: 'user', content: 'How many days of paid leave does an employee have?' },
      { role: 'assistant', content: 'Thirty.' },
    ];
    const { text } = await ask('And how far ahead is it asked for?', { before });
    expect(text).toContain('two weeks ahead');
  });

  test('passages given in the messages are quoted instead of searching', async () => {
    const given =
      '<passage id="p-7" title="Moon &amp; Mars" page="3">The moon is made of green cheese. It has no air.</passage>';
    const { text, citations } = await ask(`${given}\nWhat is the moon made of?`);
    expect(text).toMatch(/^> The moon is made of green cheese\. \[1\]\n\n\[1\] Moon & Mars, page 3/);
    expect(citations).toEqual([
      { number: 1, chunk_id: 'p-7', document_id: null, title: 'Moon & Mars', page: 3 },
    ]);
  });

  test('a search by the graph follows names from passage to passage', async () => {
    await upload('Projects', 'Project Halcyon is led by Mira Novak.');
    await upload('People', 'Mira Novak joined in 2019 and sits on the third floor.');
    await within(60_000, async () => {
      const found = await office.api('GET', at('graph/entities?search=mira'));
      return (found.body.data as Row[])[0]?.mention_count === 2;
    });
    const body = { query: 'Project Halcyon', mode: 'graph', limit: 2 };
    const { body: found } = await office.api('POST', at('search'), body);
    expect(found.mode).toBe('graph');
    expect((found.data as { document: Row }[]).map(({ document }) => document.title)).toEqual([
      'Projects',
      'People',
    ]);
  });

  test('what nothing answers is said so, and why', async () => {
    expect((await ask('What is the boiling point of tungsten?')).text).toMatch(/^Nothing/);
    const empty = await grounds.openOffice([]);
    const made = await empty.api('POST', `/v1/workspaces/${empty.place.workspaceId}/api-keys`, {
      name: 'Key',
      scopes: ['chat', 'search'],
    });
    const none = await ask('Anything?', { as: clientOf(made.body.key as string) });
    expect(none.text).toMatch(/document/i);
    expect(none.citations).toEqual([]);
    const unsearching = await ask('When does the office open?', { as: clientOf(await makeKey(['chat'])) });
    expect(unsearching.text).toMatch(/^You may not search/);
  });

  test('quotes nobody what they may not see, also where answers are kept', async () => {
    const secret = (await office.api('POST', at('collections'), { name: 'Board' })).body;
    await upload('Minutes', 'The merger with Wolf Holdings was agreed in March by the board.', {
      collection_id: secret.id,
    });
    expect(
      (await office.api('PUT', at('cache'), { mode: 'exact', ttl_seconds: 600, cache_sampled: true })).status,
    ).toBeLessThan(500);
    const question = 'When was the merger with Wolf Holdings agreed?';
    expect((await ask(question)).text).toContain('agreed in March');
    await office.place.rows(
      "update collections set access = 'groups' where organization_id = $1 and id = $2",
      ...[office.place.id, secret.id],
    );
    expect((await ask(question)).text).not.toContain('agreed in March');
    const admin = new OpenAI({ baseURL: `${grounds.url}/v1`, apiKey: office.token, maxRetries: 0 });
    expect((await ask(question, { as: admin })).text).toContain('agreed in March');
  });

  test('a name that means no model says what there is instead', async () => {
    const messages = [{ role: 'user' as const, content: 'Hello' }];
    await expect(client.chat.completions.create({ model: 'gpt-4o', messages })).rejects.toThrow(MODEL);
    await expect(client.embeddings.create({ model: MODEL, input: 'x' })).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
  });
});
