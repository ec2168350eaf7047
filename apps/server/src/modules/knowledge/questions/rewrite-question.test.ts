import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';

let ground: OfficeGround;
let office: Office;
beforeAll(async () => {
  ground = await openOfficeGround();
  const provider = await ground.startProvider();
  office = await ground.openOffice([{ provider, models: null }]);
});
afterAll(() => ground?.close());

const ask = async (more: object = {}) => {
  const history = [{ role: 'user', content: 'How does the Halcyon turbine handle icing?' }];
  const body = { query: 'What does it cost?', mode: 'text', history, ...more };
  return (await office.api('POST', `/v1/workspaces/${office.place.workspaceId}/search`, body)).body;
};

it('a model makes a follow-up question whole, and the ledger says what it was for', async () => {
  const [provider] = ground.providers;
  provider!.next({ words: ['What does ', 'the Halcyon ', 'turbine cost?\n'] });
  const answer = await ask({ rewrite_model: 'gpt-4o-mini' });
  expect(answer.query_used).toBe('What does the Halcyon turbine cost?');
  const [call] = await office.usage();
  expect(call).toMatchObject({ purpose: 'knowledge-rewrite', status: 200 });
});

it('without a model, or when it fails, the words of the topic are carried over', async () => {
  const carried = 'What does it cost? Halcyon turbine handle icing';
  expect((await ask()).query_used).toBe(carried);
  ground.providers[0]!.next({ status: 400 });
  expect((await ask({ rewrite_model: 'gpt-4o-mini' })).query_used).toBe(carried);
});
