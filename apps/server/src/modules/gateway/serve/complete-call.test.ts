// Calls that the house makes itself keep every promise of a call from outside.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { codeOf } from '../../../../test/open-identity-ground.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { type CallWish, completeCall, streamCall } from '../index.ts';

let grounds: OfficeGround;
let provider: OpenAiProvider;
let office: Office;
let actor: Pick<Actor, 'organization_id' | 'kind' | 'id'>;
const messages = [{ role: 'user' as const, content: 'What is an insula?' }];
const origin = () => ({ purpose: 'test', subject_id: newId(), run_id: newId(), step: 3 });

beforeAll(async () => {
  grounds = await openOfficeGround();
  provider = await grounds.startProvider();
  office = await grounds.openOffice([{ provider, models: ['gpt-4o-mini', 'fake-500', 'fake-silent'] }]);
  const [key] = await office.place.rows<{ id: string }>(
    'select id from api_keys where organization_id = $1',
    office.place.id,
  );
  actor = { organization_id: office.place.id, kind: 'api_key', id: key!.id };
});
afterAll(() => grounds?.close());

const gateway = () => grounds.ground.app.gateway;
const wish = (more: Partial<CallWish> = {}): CallWish => ({
  workspaceId: office.place.workspaceId,
  body: { model: 'gpt-4o-mini', messages },
  origin: origin(),
  ...more,
});

describe('a call of the house', () => {
  test('is answered, billed once, and the ledger says what made it', async () => {
    const given = wish({ callId: newId() });
    const done = await completeCall(gateway(), actor as Actor, given);
    expect(done).toMatchObject({
      callId: given.callId,
      text: 'Salve, this is the insula.',
      provider: 'openai',
      failure: undefined,
    });
    expect(done.costMicros).toBeGreaterThan(0);
    const rows = (await office.usage()).filter(({ id }) => id === given.callId);
    expect(rows).toEqual([
      expect.objectContaining({
        ...given.origin,
        status: 200,
        cost_micros: done.costMicros,
        actor_id: actor.id,
      }),
    ]);
    const { body } = await office.api(
      'GET',
      `/v1/organizations/${office.place.id}/usage?run=${given.origin.run_id}`,
    );
    expect((body.data as unknown[]).length).toBe(1);
    const totals = await office.api('GET', `/v1/organizations/${office.place.id}/usage/totals?by=purpose`);
    expect((totals.body.data as { key: string }[]).map(({ key }) => key)).toContain('test');
  });

  test('has its answer kept before it is settled, and is settled when that fails', async () => {
    const seen: number[] = [];
    const given = wish({
      callId: newId(),
      async keepAnswer({ text }) {
        expect(text).toBe('Salve, this is the insula.');
        seen.push((await office.usage()).filter(({ id }) => id === given.callId).length);
        throw new Error('the table is gone');
      },
    });
    const done = await completeCall(gateway(), actor as Actor, given);
    expect(seen).toEqual([0]);
    expect(done.text).toBe('Salve, this is the insula.');
    expect((await office.usage()).filter(({ id }) => id === given.callId).length).toBe(1);
  });

  test('tells a failure of the provider as a value, and a refusal as a problem', async () => {
    const failed = await completeCall(
      gateway(),
      actor as Actor,
      wish({ body: { model: 'fake-500', messages } }),
    );
    expect(failed.failure).toMatchObject({ code: 'provider_error', status: 500 });
    const unknown = wish({ body: { model: 'nobody-knows', messages } });
    expect(await codeOf(() => completeCall(gateway(), actor as Actor, unknown))).toBe('model_not_found');
    const gone = { ...actor, id: newId() } as Actor;
    expect(await codeOf(() => completeCall(gateway(), gone, wish()))).toBe('forbidden');
    const elsewhere = wish({ workspaceId: newId() });
    expect(await codeOf(() => completeCall(gateway(), actor as Actor, elsewhere))).toBe('forbidden');
  });

  test('ends when it is given up', async () => {
    const controller = new AbortController();
    const calling = completeCall(
      gateway(),
      actor as Actor,
      wish({ body: { model: 'fake-silent', messages }, signal: controller.signal }),
    );
    setTimeout(() => controller.abort(), 100);
    expect((await calling).failure?.code).toBe('client_closed');
  });

  test('streams, at the pace of its reader, and is settled when the stream ends', async () => {
    const given = wish({ callId: newId() });
    const { parts, completed } = await streamCall(gateway(), actor as Actor, given);
    let text = '';
    for await (const part of parts) text += Buffer.from(part).toString();
    expect(text).toContain('data: [DONE]');
    expect(text.match(/"content":/g)!.length).toBeGreaterThan(1);
    expect((await completed).failure).toBeUndefined();
    const [row] = (await office.usage()).filter(({ id }) => id === given.callId);
    expect(row).toMatchObject({ streamed: true, status: 200, purpose: 'test' });
    const unknown = wish({ body: { model: 'nobody-knows', messages } });
    expect(await codeOf(() => streamCall(gateway(), actor as Actor, unknown))).toBe('model_not_found');
  });
});
