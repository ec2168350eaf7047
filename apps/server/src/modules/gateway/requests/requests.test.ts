// The request log: every call with its attempts, words only where the organization wants them, and those who follow live.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';
import { createLogRetention } from './create-log-retention.ts';

let grounds: OfficeGround;
let provider: OpenAiProvider;
let office: Office;
type Row = Record<string, unknown>;

beforeAll(async () => {
  grounds = await openOfficeGround();
  provider = await grounds.startProvider();
  office = await grounds.openOffice([{ provider, models: ['gpt-4o-mini', 'fake-400'] }]);
});
afterAll(() => grounds?.close());

const path = () => `/v1/workspaces/${office.place.workspaceId}/requests`;
const configure = (content: string) =>
  office.api('PATCH', `/v1/organizations/${office.place.id}/configuration`, { request_log: { content } });
const list = async (query = '') => (await office.api('GET', `${path()}${query}`)).body.data as Row[];
const ask = (content: string, stream = false) =>
  office.client.chat.completions
    .create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], stream })
    .withResponse()
    .then(async ({ data, request_id }) => {
      if (Symbol.asyncIterator in data) for await (const _ of data);
      return request_id!;
    });
const detail = async (id: string) => (await office.api('GET', `${path()}/${id}`)).body;
const flush = () => grounds.ground.app.gateway.requestLog.flush();

describe('the request log', () => {
  test('has every call without its words, and the whole way of one that was tried twice', async () => {
    const plain = await ask('What is an insula?');
    provider.next({ status: 500 });
    const second = await ask('What is a domus?');
    await flush();
    const rows = await list();
    expect(rows.map((row) => [row.id, row.attempts, row.status, row.content])).toEqual([
      [second, 2, 200, 'none'],
      [plain, 1, 200, 'none'],
    ]);
    const whole = await detail(second);
    expect((whole.attempts as Row[]).map((row) => row.status)).toEqual([500, 200]);
    expect((whole.chain as Row[]).map((step) => [step.attempt, step.outcome, step.reason])).toEqual([
      [1, 'failed', 'provider_error'],
      [2, 'answered', null],
    ]);
    expect(whole.request_text).toBeNull();
    expect((await detail(plain)).chain).toHaveLength(1);
    expect((await office.api('GET', `${path()}/${office.place.id}`)).status).toBe(404);
  });

  test('keeps the words of whole and streamed calls when it may, finds them, and forgets them in time', async () => {
    await configure('full');
    const whole = await ask('Where did the fullones work?');
    const streamed = await ask('Who lived under the roof?', true);
    await flush();
    await configure('none');
    for (const id of [whole, streamed])
      expect(await detail(id)).toMatchObject({ response_text: 'Salve, this is the insula.' });
    expect((await detail(whole)).request_text).toContain('fullones');
    expect((await list('?q=FULLONES')).map((row) => row.id)).toEqual([whole]);
    expect(await list('?q=100%25')).toEqual([]);
    await office.api('PATCH', `/v1/organizations/${office.place.id}/configuration`, {
      retention: { log_days: 1 },
    });
    expect(await grounds.ground.app.gateway.forgetLogs(office.place.id)).toBe(0);
    grounds.ground.clock.advance(2 * 86_400_000);
    // More rows than are deleted in one transaction.
    expect(await createLogRetention(grounds.ground.app.gateway.deps, 1).forgetLogs(office.place.id)).toBe(3);
    grounds.ground.clock.advance(-2 * 86_400_000);
    expect((await detail(whole)).request_text).toBeNull();
    expect((await list()).some((row) => row.id === whole)).toBe(true);
  });

  test('can be narrowed and paged', async () => {
    await office.client.chat.completions
      .create({ model: 'fake-400', messages: [{ role: 'user', content: 'No' }] })
      .catch(() => undefined);
    expect((await list('?outcome=failed')).map((row) => row.requested_model)).toEqual(['fake-400']);
    expect((await list('?model=fake-400')).length).toBe(1);
    const first = await office.api('GET', `${path()}?limit=2`);
    const next = await office.api('GET', `${path()}?limit=2&cursor=${first.body.next_cursor}`);
    const ids = [...(first.body.data as Row[]), ...(next.body.data as Row[])].map((row) => row.id);
    expect(new Set(ids).size).toBe(4);
    expect(ids).toEqual([...ids].sort().reverse());
  });

  test('can be followed: who waits hears of a call when it settles, once', async () => {
    await new Promise((resolve) => setTimeout(resolve, 600)); // it looks half a second back
    const begun = (await office.api('GET', `${path()}/tail?wait_seconds=0`)).body;
    const heard = office.api('GET', `${path()}/tail?after=${begun.next_after}&wait_seconds=15`);
    const id = await ask('Is anybody there?');
    const { data, next_after } = (await heard).body;
    expect((data as Row[]).map((row) => row.id)).toEqual([id]);
    const later = await office.api('GET', `${path()}/tail?after=${next_after}&wait_seconds=0`);
    expect(later.body.data).toEqual([]);
  });

  test('shows whoever follows each of many calls once, page after page', async () => {
    const { body } = await office.api('GET', `${path()}/tail?wait_seconds=0`);
    const from = new Date(Date.parse(String(body.next_after)) - 60_000);
    await grounds.ground.app.db.clusters.get('main').admin.query(
      `insert into ledger.entries (at, id, attempt, phase, organization_id, workspace_id, actor_kind, replica_id, surface,
         provider, requested_model, upstream_model, usage_source, status, streamed, recorded_at)
       select $1::timestamptz, gen_random_uuid(), 1, 1, $2::uuid, $3::uuid, 'member', $2::uuid, 'responses', 'openai', 'many',
         'many', 'provider', 200, false, $1::timestamptz + (n / 3) * interval '0.4 milliseconds'
       from generate_series(1, 450) n returning id`,
      [from.toISOString(), office.place.id, office.place.workspaceId],
    );
    const seen: unknown[] = [];
    for (let after = from.toISOString(), page = 0; page < 6; page++) {
      const told = (await office.api('GET', `${path()}/tail?after=${after}&wait_seconds=0`)).body;
      seen.push(...(told.data as Row[]).filter((row) => row.requested_model === 'many').map((row) => row.id));
      after = String(told.next_after);
    }
    expect([seen.length, new Set(seen).size]).toEqual([450, 450]);
  });
});
