// What opening a model must never do: send a key elsewhere, take one from this server's environment, or let a name lead to
// another address.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anthropicWire } from '../../../../test/fakes/wires/anthropic-wire.ts';
import { bedrockWire } from '../../../../test/fakes/wires/bedrock-wire.ts';
import { azureWires } from '../../../../test/fakes/wires/chat-wires.ts';
import { googleWire } from '../../../../test/fakes/wires/google-wire.ts';
import { allWires, startScriptedProvider } from '../../../../test/fakes/wires/index.ts';
import { type ModelGround, openModelGround, question } from '../../../../test/open-model-ground.ts';
import { failureOfModel } from './failure-of-model.ts';

/** What the SDK would read from the environment where a setting is left out. */
const ENVIRONMENT = [
  'AWS_BEARER_TOKEN_BEDROCK',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'ANTHROPIC_API_KEY',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'COHERE_API_KEY',
  'MISTRAL_API_KEY',
  'AZURE_API_KEY',
  'OPENAI_API_KEY',
  'OPENAI_ORGANIZATION',
  'OPENAI_PROJECT',
];
const ADDRESSES = [
  'ANTHROPIC_BASE_URL',
  'OPENAI_BASE_URL',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_BEDROCK_RUNTIME',
];

let ground: ModelGround;
afterEach(() => ground.close());

describe("this server's environment reaches no provider", () => {
  let elsewhere: Awaited<ReturnType<typeof startScriptedProvider>>;
  beforeEach(async () => {
    elsewhere = await startScriptedProvider(anthropicWire);
    for (const name of ENVIRONMENT) process.env[name] = 'the-operators-own-0123456789';
    for (const name of ADDRESSES) process.env[name] = elsewhere.origin;
  });
  afterEach(async () => {
    for (const name of [...ENVIRONMENT, ...ADDRESSES]) delete process.env[name];
    await elsewhere.stop();
  });

  test.each(allWires.map((wire) => [wire.name, wire] as const))('%s', async (_name, wire) => {
    ground = await openModelGround(wire);
    await ground.model(false).doGenerate(question('Hi'));
    const without = { ...ground.connection, secrets: {} };
    const keyless = ground.openerOf().openModel({ ...ground.target, connection: without }, false);
    await Promise.resolve(keyless.doGenerate(question('Hi'))).catch(() => {});
    for (const request of ground.provider.requests)
      expect(JSON.stringify(request)).not.toContain('the-operators-own');
    expect(elsewhere.requests).toEqual([]);
  });
});

test.each([
  ['Google', googleWire],
  ['Azure', azureWires[1]!],
])("a model's name leads to no other address of %s", async (_name, wire) => {
  ground = await openModelGround(wire);
  for (const upstream_model of [
    '../../v1beta/files',
    'a/../../b',
    'x?alt=json',
    'x#',
    'x:countTokens',
    '%2e%2e/x',
    '',
  ]) {
    const open = () => ground.openerOf().openModel({ ...ground.target, upstream_model }, false);
    expect(open).toThrow();
    try {
      open();
    } catch (error) {
      expect(failureOfModel(error)).toMatchObject({ status: 404 });
    }
  }
  expect(ground.provider.requests).toEqual([]);
});

test("a model's name is one piece of Bedrock's path", async () => {
  ground = await openModelGround(bedrockWire);
  const upstream_model = '../foundation-models?x=#y';
  await Promise.resolve(
    ground
      .openerOf()
      .openModel({ ...ground.target, upstream_model }, false)
      .doGenerate(question('Hi')),
  ).catch(() => {});
  for (const { path } of ground.provider.requests) expect(path).toMatch(/^\/model\/[^/?#]+\/converse$/);
});

test('a model is opened once for each connection, and streams apart from whole answers', async () => {
  ground = await openModelGround(anthropicWire);
  const opener = ground.openerOf();
  const { target } = ground;
  const [whole, again, streamed] = [false, false, true].map((streams) => opener.openModel(target, streams));
  expect(again).toBe(whole);
  expect(streamed).not.toBe(whole);
  expect(opener.openModel({ ...target }, false)).toBe(whole);
  const other = { ...target, connection: { ...ground.connection } };
  expect(opener.openModel(other, false)).not.toBe(whole);
});

test('a provider without embeddings says so', async () => {
  ground = await openModelGround(anthropicWire);
  const open = () => ground.openerOf().openEmbeddingModel(ground.target);
  expect(open).toThrow(/embeddingModel/);
});
