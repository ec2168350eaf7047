// npm run proof:clients: OpenAI's and Anthropic's Python packages as they are, against a running Insula with providers of four
// protocols behind it: whatever the package and whatever the provider, texts, tools, numbers and exceptions are right.
import { isDeepStrictEqual } from 'node:util';
import type { Script } from '../../apps/server/test/fakes/wires/index.ts';
import { countChecks } from '../count-checks.ts';
import { installPython } from '../install-python.ts';
import { OWN, openScene, type Said, type Scene, type Wish } from './open-scene.ts';

const PACKAGES = ['openai==3.54.0', 'anthropic==2.12.0'];
const SURFACES = ['chat', 'responses', 'messages'];
const MODELS = ['claude-haiku-4-5', 'local-model', 'gemini-fake'];
const SAID = 'Salve, this is the insula.';
const spoken: Script = {
  textPieces: ['Salve', ', this is', ' the insula.'],
  usage: { input: 11, cached: 0, written: 0, output: 7, reasoning: 0 },
};
const calling: Script = {
  textPieces: [],
  calls: [{ id: 'call_1', name: 'get_weather', argumentPieces: ['{"city":', '"Rome"}'] }],
  usage: { input: 20, cached: 0, written: 0, output: 9, reasoning: 0 },
};
const shaped: Script = { ...spoken, textPieces: ['{"name":"Rome",', '"hills":7}'] };
const ROME = { name: 'Rome', hills: 7 };

const checks = countChecks();

async function expectSaid(scene: Scene, wish: Wish, expected: Said): Promise<void> {
  const { ask, model, stream, tools } = wish;
  const said = await scene.ask(wish);
  const about = [ask, `of ${model}`, ...(stream ? ['streamed'] : []), ...(tools ? ['with tools'] : [])];
  const isRight = Object.entries(expected).every(([field, value]) =>
    isDeepStrictEqual(said[field as keyof Said], value),
  );
  checks.check(about.join(' '), isRight, JSON.stringify(said).slice(0, 400));
}

async function tryConversations(scene: Scene): Promise<void> {
  const pairs = [
    ...MODELS.flatMap((model) => SURFACES.map((ask) => ({ model, ask }))),
    { model: 'gpt-4o', ask: 'responses' },
  ];
  for (const pair of pairs)
    for (const stream of [false, true]) {
      scene.next(pair.model, { script: spoken });
      const answer = { text: SAID, calls: [], input: 11, output: 7 };
      await expectSaid(scene, { ...pair, stream }, { answer });
      scene.next(pair.model, { script: calling });
      const calls = [{ name: 'get_weather', input: { city: 'Rome' } }];
      await expectSaid(
        scene,
        { ...pair, stream, tools: true },
        { answer: { text: '', calls, input: 20, output: 9 } },
      );
    }
}

async function tryShapes(scene: Scene): Promise<void> {
  for (const model of MODELS)
    for (const ask of ['chat_parsed', 'responses_parsed']) {
      scene.next(model, { script: shaped });
      await expectSaid(scene, { ask, model }, { answer: ROME });
    }
}

async function tryTheRest(scene: Scene): Promise<void> {
  const { chat, embedding } = OWN;
  await expectSaid(
    scene,
    { ask: 'embeddings', model: embedding },
    { answer: { vectors: [16, 16], input: 5 } },
  );
  await expectSaid(scene, { ask: 'completions', model: chat }, { answer: SAID });
  await expectSaid(scene, { ask: 'models', model: chat }, { answer: { listed: true, retrieved: chat } });
  await expectSaid(scene, { ask: 'count_tokens', model: 'local-model' }, { answer: true });
  await expectSaid(scene, { ask: 'request_id', model: chat }, { answer: 36 });
  await expectSaid(scene, { ask: 'in_parallel', model: chat }, { answer: Array(8).fill(SAID) });
}

async function tryErrors(scene: Scene): Promise<void> {
  const stranger = ['AuthenticationError', 'AuthenticationError'];
  await expectSaid(scene, { ask: 'strangers', model: OWN.chat }, { answer: stranger });
  for (const ask of SURFACES) {
    const on = (model: string, stream = false) => ({ ask, model, stream });
    await expectSaid(scene, on('unheard-of'), { raised: 'NotFoundError', status: 404 });
    for (const model of [...MODELS, OWN.busy]) {
      if (model !== OWN.busy) scene.next(model, { status: 429, retryAfter: '7' });
      await expectSaid(scene, on(model, true), { raised: 'RateLimitError', status: 429, retry_after: '7' });
    }
    for (const model of MODELS) {
      scene.next(model, { status: 400, message: 'That cannot be.' });
      await expectSaid(scene, on(model), { raised: 'BadRequestError', status: 400 });
    }
    await expectSaid(scene, on(OWN.broken), { raised: 'InternalServerError' });
  }
}

const python = await installPython('clients', PACKAGES);
if (typeof python === 'string') {
  process.stdout.write(
    `skipped: ${PACKAGES.join(', ')} cannot be installed here (${python})\n0 passed, 0 failed\n`,
  );
} else {
  const scene = await openScene(python);
  try {
    await tryConversations(scene);
    await tryShapes(scene);
    await tryTheRest(scene);
    await tryErrors(scene);
  } finally {
    await scene.close();
  }
  checks.finish();
}
