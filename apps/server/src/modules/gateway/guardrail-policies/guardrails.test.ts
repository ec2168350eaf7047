import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type IdentityGround,
  openIdentityGround,
  type Place,
} from '../../../../test/open-identity-ground.ts';

let ground: IdentityGround;
let place: Place;
let token: string;
let provider: Server;
let baseUrl: string;
/** What the moderation endpoint was asked, and what it answers. */
let asked: { authorization: string | undefined; input: string[] }[] = [];
let answer: (input: string[]) => { status: number; body: unknown };

beforeAll(async () => {
  provider = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { input } = JSON.parse(Buffer.concat(chunks).toString()) as { input: string[] };
      asked.push({ authorization: request.headers.authorization, input });
      const { status, body } = answer(input);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => provider.once('listening', resolve));
  baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
  ground = await openIdentityGround();
  place = await ground.newPlace();
  token = (await ground.signIn(await place.join('admin'))).access_token;
});
afterAll(async () => {
  await ground?.close();
  provider?.close();
});
beforeEach(() => {
  asked = [];
  const scores = (text: string) => ({ harassment: text.includes('idiot') ? 0.93 : 0.01, violence: 0.002 });
  answer = (input) => ({
    status: 200,
    body: {
      id: 'modr-1',
      model: 'omni-moderation-latest',
      results: input.map((text) => ({
        flagged: text.includes('idiot'),
        categories: {},
        category_scores: scores(text),
      })),
    },
  });
});

const inWorkspace = () => `/v1/workspaces/${place.workspaceId}/guardrails`;
const inOrganization = () => `/v1/organizations/${place.id}/guardrails`;
const put = (path: string, body: object) => ground.api('PUT', path, { token, body });
const tryText = async (text: string, phase = 'input') =>
  (await ground.api('POST', `${inWorkspace()}/test`, { token, body: { text, phase } })).body;
const mask = { type: 'personal', name: 'personal', action: 'mask' };

describe('the guardrails of a workspace', () => {
  test('are none until they are set, and then hold at once', async () => {
    expect((await ground.api('GET', inWorkspace(), { token })).body).toMatchObject({
      rules: [],
      updated_at: null,
    });
    expect(await tryText('ann@example.com')).toEqual({
      verdict: 'pass',
      text: 'ann@example.com',
      findings: [],
    });
    const set = await put(inWorkspace(), { rules: [mask] });
    expect(set.body).toMatchObject({
      enabled: true,
      on_failure: 'block',
      rules: [{ ...mask, threshold: 0.8 }],
    });
    expect(await tryText('ann@example.com')).toMatchObject({ verdict: 'mask', text: '[EMAIL_1]' });
    expect(await tryText('ann@example.com', 'output')).toMatchObject({ verdict: 'mask', text: '[EMAIL_1]' });
    expect((await ground.api('GET', inWorkspace(), { token })).body).toEqual(set.body);
    await put(inWorkspace(), { enabled: false, rules: [mask] });
    expect(await tryText('ann@example.com')).toMatchObject({ verdict: 'pass' });
    const [event] = await place.events('guardrails.changed');
    expect(event!.details).toMatchObject({ rules: [{ name: 'personal', action: 'mask' }] });
  });

  test('cannot weaken those of the organization', async () => {
    await put(inWorkspace(), { rules: [{ ...mask, action: 'flag' }] });
    await put(inOrganization(), { rules: [{ ...mask, action: 'block' }] });
    const judged = await tryText('ann@example.com');
    expect(judged).toMatchObject({ verdict: 'block', text: null });
    expect(judged.findings).toMatchObject([{ source: 'organization' }, { source: 'workspace' }]);
    await put(inWorkspace(), { enabled: false, rules: [] });
    expect(await tryText('ann@example.com')).toMatchObject({ verdict: 'block' });
    await put(inOrganization(), { rules: [] });
    expect(await tryText('ann@example.com')).toMatchObject({ verdict: 'pass' });
  });

  test('hold in no other organization, and are seen by nobody there', async () => {
    const other = await ground.newPlace();
    const stranger = (await ground.signIn(await other.join('admin'))).access_token;
    await put(inOrganization(), { rules: [{ ...mask, action: 'block' }] });
    const path = `/v1/workspaces/${other.workspaceId}/guardrails/test`;
    const there = await ground.api('POST', path, { token: stranger, body: { text: 'ann@example.com' } });
    expect(there.body).toMatchObject({ verdict: 'pass' });
    expect((await ground.api('GET', inWorkspace(), { token: stranger })).status).toBe(404);
    await put(inOrganization(), { rules: [] });
  });

  test.each([
    [{ type: 'pattern', name: 'p', action: 'mask', pattern: '(?=x)' }, 'guardrail_pattern_invalid'],
    [{ type: 'pattern', name: 'p', action: 'mask', pattern: 'x*' }, 'guardrail_pattern_invalid'],
    [{ ...mask, regions: ['ZZ'] }, 'guardrail_region_unknown'],
    [{ ...mask, threshold: 2 }, 'invalid_request'],
    [{ type: 'prompt_injection', name: 'i', action: 'mask' }, 'invalid_request'],
  ])('are refused where they could not be applied: %j', async (rule, code) => {
    expect((await put(inWorkspace(), { rules: [rule] })).body.code).toBe(code);
  });

  test('name no credential of somewhere else', async () => {
    const { body } = await put(inWorkspace(), {
      rules: [{ type: 'toxicity', name: 't', action: 'block', credential_id: place.workspaceId }],
    });
    expect(body.code).toBe('credential_not_found');
  });

  test('have a name each', async () => {
    expect((await put(inWorkspace(), { rules: [mask, mask] })).body.code).toBe('guardrail_rule_repeated');
  });
});

describe('toxicity', () => {
  const toxic = { type: 'toxicity', name: 'toxic', action: 'block' };

  test('is judged by the moderation endpoint of a credential of the workspace', async () => {
    const body = {
      name: 'OpenAI',
      provider: 'openai',
      base_url: baseUrl,
      api_key: 'sk-of-this-workspace',
      test: false,
    };
    await ground.api('POST', `/v1/workspaces/${place.workspaceId}/credentials`, { token, body });
    await put(inWorkspace(), { rules: [toxic] });
    expect(await tryText('Good morning')).toMatchObject({ verdict: 'pass' });
    const judged = await tryText('You idiot');
    expect(judged).toMatchObject({ verdict: 'block', findings: [{ kind: 'harassment', score: 0.93 }] });
    expect(asked).toEqual([
      { authorization: 'Bearer sk-of-this-workspace', input: ['Good morning'] },
      { authorization: 'Bearer sk-of-this-workspace', input: ['You idiot'] },
    ]);
  });

  test.each([
    ['answers an error', 500, {}],
    ['answers nonsense', 200, { results: [] }],
  ])(
    'lets nothing through when the endpoint %s, unless the policy allows that',
    async (_name, status, body) => {
      answer = () => ({ status, body });
      await put(inWorkspace(), { rules: [toxic] });
      expect(await tryText('Hello')).toMatchObject({ code: 'guardrails_unavailable', status: 503 });
      await put(inWorkspace(), { rules: [toxic], on_failure: 'allow' });
      expect(await tryText('Hello')).toMatchObject({ verdict: 'pass' });
    },
  );
});
