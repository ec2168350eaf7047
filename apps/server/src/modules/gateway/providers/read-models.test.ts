import { afterEach, describe, expect, test } from 'vitest';
import { allWires } from '../../../../test/fakes/wires/index.ts';
import { type ModelGround, openModelGround } from '../../../../test/open-model-ground.ts';
import { controlOrigin } from './find-model-list.ts';
import { readModels } from './read-models.ts';

let ground: ModelGround | undefined;
afterEach(() => ground?.close());

const lists: Record<string, string[] | null> = {
  anthropic: ['claude-fake'],
  google: ['gemini-fake', 'embedding-fake'],
  bedrock: ['amazon.fake-v1:0'],
  cohere: ['command-fake', 'embed-fake'],
  azure: null, // models of the resource are not its deployments
};

describe.each(allWires.map((wire) => [wire.name, wire] as const))('%s', (_name, wire) => {
  test('says which of its models can be called, and calls nothing that costs', async () => {
    ground = await openModelGround(wire);
    const answer = await readModels(ground.egress, ground.connection);
    const models = wire.provider in lists ? lists[wire.provider] : ['fake'];
    expect(answer).toEqual({ ok: true, models });
    for (const { method } of ground.provider.requests) expect(method).toBe('GET');
  });

  test('a key that it refuses is told as such, without the key', async () => {
    ground = await openModelGround(wire);
    const { secrets } = ground.connection;
    const wrong = Object.fromEntries(Object.keys(secrets).map((name) => [name, 'a-wrong-key-0123456789']));
    const answer = await readModels(ground.egress, { ...ground.connection, secrets: wrong });
    expect(answer).toMatchObject({ ok: false, reason: expect.stringContaining('the key is not accepted') });
    expect(JSON.stringify(answer)).not.toContain('a-wrong-key');
  });
});

test("Bedrock's list is asked for beside AWS's own address only", () => {
  const same = [
    'https://bedrock-runtime.evil.example',
    'https://bedrock-runtime.us-east-1.amazonaws.com.evil.example',
    'https://x.bedrock-runtime.us-east-1.amazonaws.com',
    'http://bedrock-runtime.us-east-1.amazonaws.com',
    'https://bedrock-runtime.us-east-1.amazonaws.com:8443',
  ];
  for (const origin of same) expect(controlOrigin(`${origin}/path`)).toBe(origin);
  expect(controlOrigin('https://bedrock-runtime.us-east-1.amazonaws.com')).toBe(
    'https://bedrock.us-east-1.amazonaws.com',
  );
  expect(controlOrigin('https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com')).toBe(
    'https://bedrock-fips.us-gov-west-1.amazonaws.com',
  );
});
