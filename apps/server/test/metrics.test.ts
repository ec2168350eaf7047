// `/metrics`: figures of calls without a word of whose they were, for those who may see them.
import { expect, test } from 'vitest';
import { openOfficeGround } from './open-office.ts';

test('counts calls, tokens and failures by provider, and names no tenant', async () => {
  const grounds = await openOfficeGround();
  const provider = await grounds.startProvider();
  const office = await grounds.openOffice([{ provider, models: ['gpt-4o-mini', 'fake-400'] }]);
  const messages = [{ role: 'user' as const, content: 'What is an insula?' }];
  await office.client.chat.completions.create({ model: 'gpt-4o-mini', messages });
  await office.client.chat.completions.create({ model: 'fake-400', messages }).catch(() => undefined);
  const answer = await fetch(`${grounds.url}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  const text = await answer.text();
  const figure = (line: string) =>
    Number(
      text
        .split('\n')
        .find((one) => one.startsWith(line))
        ?.split(' ')
        .at(-1),
    );
  const labels = 'surface="chat.completions",provider="openai"';
  expect(figure(`insula_model_attempts_total{${labels},failure=""}`)).toBe(1);
  expect(figure(`insula_model_attempts_total{${labels},failure="provider_error"}`)).toBe(1);
  expect(figure('insula_model_tokens_total{provider="openai",class="output"}')).toBeGreaterThan(0);
  expect(figure(`insula_model_attempt_seconds_count{${labels}}`)).toBe(2);
  expect(figure('insula_ledger_settlements ')).toBe(2);
  expect(figure('insula_model_calls_open ')).toBe(0);
  for (const secret of [office.place.id, office.place.workspaceId, 'gpt-4o-mini'])
    expect(text).not.toContain(secret);
  await grounds.close();
});

test('is not there for whoever came through a proxy, and with a token only for its bearer', async () => {
  const open = await openOfficeGround();
  const through = await fetch(`${open.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect(through.status).toBe(404);
  await open.close();
  const guarded = await openOfficeGround({ METRICS_TOKEN: 'a-token-for-prometheus' });
  expect((await fetch(`${guarded.url}/metrics`)).status).toBe(404);
  const given = (token: string) =>
    fetch(`${guarded.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect((await given('another')).status).toBe(404);
  expect((await given('a-token-for-prometheus')).status).toBe(200);
  await guarded.close();
});
