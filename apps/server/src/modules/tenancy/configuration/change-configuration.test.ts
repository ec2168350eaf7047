// Configuration: older clients' spelling means the same, what nobody knows is refused with words, nothing is said twice.
import { organizations } from '@insula/contract/tenancy';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTenancyGround, type TenancyGround } from '../../../../test/open-tenancy-ground.ts';
import { newId } from '../../../platform/ids.ts';

let ground: TenancyGround;

beforeAll(async () => {
  ground = await openTenancyGround();
});
afterAll(() => ground?.close());

/** Reads an input as the edge does; undefined when it is refused. */
async function read(endpoint: 'create' | 'changeConfiguration', input: object) {
  const contract = organizations[endpoint]['~orpc'].inputSchema!;
  const result = await contract['~standard'].validate(input);
  return { value: 'value' in result ? result.value : undefined, issues: result.issues };
}

async function change(organization: { id: string; actor: typeof ground.operator }, input: object) {
  const { value, issues } = await read('changeConfiguration', { organization_id: organization.id, ...input });
  expect(issues).toBeUndefined();
  const call = { ...ground.call, actor: organization.actor };
  return ground.routes.organizations.changeConfiguration(call, value as never);
}

describe('the camelCase of older clients', () => {
  test('an organization is made with name, domain, subscription and configuration', async () => {
    const { value, issues } = await read('create', {
      name: `Acme ${newId()}`,
      domain: 'acme.com',
      subscription: { plan: 'professional', maxUsers: 50 },
      configuration: {
        aiModels: { defaultModel: 'gpt-4', temperature: 0.2 },
        dataRetention: { logRetention: 30 },
      },
    });
    expect(issues).toBeUndefined();
    const made = await ground.routes.organizations.create(ground.call, value as never);
    expect(made).toMatchObject({
      domain: 'acme.com',
      plan_tier: 'professional',
      max_users: 50,
      status: 'active',
    });
    const call = { ...ground.call, actor: { ...ground.operator, organization_id: made.id } };
    expect(
      await ground.routes.organizations.getConfiguration(call, { organization_id: made.id }),
    ).toMatchObject({
      default_model: 'gpt-4',
      model_defaults: { temperature: 0.2, max_tokens: 2048 },
      retention: { log_days: 30, backup_days: null },
    });
  });

  test('aiModels and dataRetention change the same fields as our own spelling, and no others', async () => {
    const organization = await ground.newOrganization();
    const camel = await change(organization, {
      aiModels: {
        defaultModel: 'a',
        allowedModels: ['a', 'b'],
        temperature: 1,
        maxTokens: 10,
        topP: 0.5,
        frequencyPenalty: 1,
        presencePenalty: -1,
        safetySettings: {
          contentFiltering: false,
          piiDetection: false,
          toxicityFiltering: false,
          safetyThreshold: 0.1,
        },
      },
      dataRetention: { conversationRetention: 1, logRetention: 2, analyticsRetention: 3, backupRetention: 4 },
    });
    const other = await ground.newOrganization();
    const plain = await change(other, {
      default_model: 'a',
      allowed_models: ['a', 'b'],
      model_defaults: {
        temperature: 1,
        max_tokens: 10,
        top_p: 0.5,
        frequency_penalty: 1,
        presence_penalty: -1,
      },
      safety: {
        content_filtering: false,
        pii_detection: false,
        toxicity_filtering: false,
        safety_threshold: 0.1,
      },
      retention: { conversation_days: 1, log_days: 2, analytics_days: 3, backup_days: 4 },
    });
    expect(camel).toEqual(plain);
    expect(await change(organization, { aiModels: { temperature: 0 } })).toEqual({
      ...plain,
      model_defaults: { ...plain.model_defaults, temperature: 0 },
    });
  });

  test('a setting in both spellings is refused; different settings of one group are not', async () => {
    const organization = await ground.newOrganization();
    await expect(
      change(organization, { aiModels: { temperature: 1 }, model_defaults: { temperature: 1 } }),
    ).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('model_defaults.temperature'),
    });
    const after = await change(organization, {
      aiModels: { temperature: 1 },
      model_defaults: { top_p: 0.1 },
    });
    expect(after.model_defaults).toMatchObject({ temperature: 1, top_p: 0.1 });
  });
});

test.each([
  [{ aiModels: { model: 'x' } }, 'aiModels'],
  [{ aiModels: { safetySettings: { all: true } } }, 'aiModels.safetySettings'],
  [{ dataRetention: { archivalPolicy: {} } }, 'dataRetention'],
  [{ dataRetention: { logRetention: 0 } }, 'dataRetention.logRetention'],
  [{ dataRetention: { logRetention: 36_501 } }, 'dataRetention.logRetention'],
  [{ aiModels: { temperature: 2.1 } }, 'aiModels.temperature'],
  [{ aiModels: { allowedModels: Array(501).fill('m') } }, 'aiModels.allowedModels'],
  [{ retention: { log_days: 1.5 } }, 'retention.log_days'],
  [{ unknown: 1 }, ''],
])('%j is refused at %s', async (input, path) => {
  for (const endpoint of ['changeConfiguration', 'create'] as const) {
    const whole =
      endpoint === 'create' ? { name: 'A', configuration: input } : { organization_id: newId(), ...input };
    const { issues } = await read(endpoint, whole);
    const expected = endpoint === 'create' ? `configuration${path && `.${path}`}` : path;
    expect(issues?.map((issue) => (issue.path ?? []).join('.'))).toContain(expected);
  }
});
