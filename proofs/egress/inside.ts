// The cases, each with the bytes that reached a private address and the credentials that reached another origin.
import { setTimeout as sleep } from 'node:timers/promises';
import { countChecks } from '../count-checks.ts';
import { hostileAddresses, REBOUND, REDIRECTING } from './hostile-addresses.ts';
import { type Answer, openScene, type Scene } from './open-scene.ts';
import { OTHER, OTHER_ORIGIN, PUBLIC, PUBLIC_ORIGIN } from './start-public-provider.ts';

const SECRET = 'sk-egress-secret-0123456789';
/** One relays bytes, the others are called through their libraries. */
const PROVIDERS = ['openai', 'custom', 'anthropic', 'google', 'cohere', 'mistral'];
/** `--all` tries each address with every provider; otherwise they take turns. */
const tryAll = process.argv.includes('--all');
const checks = countChecks();
let turn = 0;
let names = 0;
let saved = 0;

const credentialOf = (provider: string, base_url: string, test: boolean) => ({
  ...{ name: `Case ${++saved}`, provider, api_key: SECRET, base_url, models: [`m${saved}`], test },
});

/** The providers whose turn it is. */
function takeTurns(count: number): string[] {
  if (tryAll) return PROVIDERS;
  return Array.from({ length: count }, () => PROVIDERS[turn++ % PROVIDERS.length]!);
}

/** What went wrong since the last time, in words. */
async function accidents(scene: Scene): Promise<string> {
  await sleep(15);
  const reached = scene.recorders.seen();
  const bytes = reached.reduce((sum, one) => sum + one.bytes, 0);
  const strayed = scene.provider.visits.filter((one) => one.address === OTHER && one.text.includes(SECRET));
  scene.recorders.forget();
  scene.provider.visits.splice(0);
  const places = [...new Set(reached.map((one) => one.place))].join(', ');
  return [
    ...(reached.length > 0 ? [`${reached.length} connections and ${bytes} bytes to ${places}`] : []),
    ...strayed.map((one) => `the credential came to ${OTHER_ORIGIN}${one.path}`),
  ].join('; ');
}

/** Calls a model on every surface; answers the statuses. */
async function callEverywhere(scene: Scene, model: string): Promise<number[]> {
  const messages = [{ role: 'user', content: 'Salve' }];
  const picture = { type: 'image_url', image_url: { url: 'http://10.0.0.1:8080/a.png' } };
  const asked: [string, Record<string, unknown>][] = [
    ['/v1/chat/completions', { messages }],
    ['/v1/chat/completions', { messages, stream: true }],
    ['/v1/chat/completions', { messages: [{ role: 'user', content: [picture] }] }],
    ['/v1/completions', { prompt: 'Salve' }],
    ['/v1/responses', { input: 'Salve' }],
    ['/v1/embeddings', { input: 'Salve' }],
    ['/v1/messages', { messages, max_tokens: 10 }],
    ['/v1/messages/count_tokens', { messages }],
  ];
  const answers = await Promise.all(asked.map(([path, body]) => scene.call(path, { model, ...body })));
  return answers.map(({ status }) => status);
}

/** Saves, tests and calls a base URL with providers of several kinds; answers how it was received. */
async function tryEverything(
  scene: Scene,
  baseUrl: string,
  providers: string[],
): Promise<{ saves: Answer[]; calls: number[] }> {
  const saves: Answer[] = [];
  const calls: number[] = [];
  const tryOne = async (provider: string) => {
    saves.push(await scene.manage('POST', '/credentials', credentialOf(provider, baseUrl, true)));
    const given = credentialOf(provider, baseUrl, false);
    const kept = await scene.manage('POST', '/credentials', given);
    saves.push(kept);
    if (kept.status !== 201) return;
    await scene.manage('POST', `/credentials/${kept.body.id}/test`, {});
    calls.push(...(await callEverywhere(scene, given.models[0]!)));
  };
  await Promise.all(providers.map(tryOne));
  return { saves, calls };
}

async function beFair(scene: Scene): Promise<void> {
  const { noticed } = scene.recorders;
  checks.check('the private addresses have servers that notice', noticed === 39, `${noticed} of 39 knocks`);
  const given = credentialOf('openai', `${PUBLIC_ORIGIN}/v1`, true);
  const kept = await scene.manage('POST', '/credentials', given);
  const calls = await callEverywhere(scene, given.models[0]!);
  const visits = scene.provider.visits.filter((one) => one.address === PUBLIC && one.text.includes(SECRET));
  checks.check(
    'an honest provider is reached with its credential',
    kept.status === 201 && calls[0] === 200 && !calls.includes(429) && visits.length >= 6,
    `saved with ${kept.status}, calls answered ${calls.join(' ')}, ${visits.length} visits`,
  );
  const wrong = await accidents(scene);
  checks.check(
    'a picture is not fetched, nor anything else a caller names',
    wrong === '',
    wrong || '0 bytes',
  );
}

async function tryHostile(scene: Scene): Promise<void> {
  for (const address of hostileAddresses) {
    const { saves } = await tryEverything(scene, address, takeTurns(1));
    const wrong = await accidents(scene);
    const statuses = [...new Set(saves.map(({ status }) => status))];
    const isRefused = statuses.every((status) => status >= 400 && status < 500);
    checks.check(
      JSON.stringify(address),
      isRefused && wrong === '',
      `refused with ${statuses}, ${wrong || '0 bytes'}`,
    );
  }
}

type Rebinding = { lookups: number; later: readonly string[] };

/** Saves a name that is public for some lookups and then something else, and calls it; answers the statuses. */
async function rebind(scene: Scene, { lookups, later }: Rebinding, provider: string): Promise<number[]> {
  const given = credentialOf(provider, `https://rebind-${++names}.cases.example/v1`, false);
  scene.names.set(new URL(given.base_url).hostname, [...Array(lookups).fill([PUBLIC]), later]);
  const kept = await scene.manage('POST', '/credentials', given);
  if (kept.status !== 201) return [kept.status];
  if (lookups > 1) await scene.manage('POST', `/credentials/${kept.body.id}/test`, {});
  return callEverywhere(scene, given.models[0]!);
}

async function tryRebinding(scene: Scene): Promise<void> {
  const all = [1, 2, 3].flatMap((lookups) => REBOUND.map((later) => ({ lookups, later })));
  // A few at a time: an organization has only so many calls under way.
  for (let at = 0; at < all.length; at += 4) {
    const some = all.slice(at, at + 4);
    const statuses = await Promise.all(
      some.map(async (one) => {
        const answered = takeTurns(2).map((provider) => rebind(scene, one, provider));
        return (await Promise.all(answered)).flat();
      }),
    );
    const wrong = await accidents(scene);
    for (const [place, { lookups, later }] of some.entries())
      checks.check(
        `${lookups} × public, then ${later.join(' and ')}`,
        wrong === '' && !statuses[place]!.includes(429) && statuses[place]!.length > 2,
        `answered ${[...new Set(statuses[place])]}, ${wrong || '0 bytes'}`,
      );
  }
}

async function tryRedirects(scene: Scene): Promise<void> {
  for (const address of REDIRECTING) {
    const { calls } = await tryEverything(scene, address, takeTurns(2));
    const came = scene.provider.visits.length;
    const wrong = await accidents(scene);
    const [, status, target] = /\/to\/(\d+)\/([\w-]+)/.exec(address) ?? [];
    checks.check(
      `${status} to ${Buffer.from(target!, 'base64url').toString().slice(0, 90)}`,
      wrong === '' && came > 0 && calls.length > 0 && !calls.includes(429),
      `${came} visits, ${calls.length} calls, ${wrong || '0 bytes and no credential elsewhere'}`,
    );
  }
}

/** A credential is not moved to another origin without being given anew, nor by what a caller puts into a request. */
async function tryMoving(scene: Scene): Promise<void> {
  const given = credentialOf('openai', `${PUBLIC_ORIGIN}/v1`, false);
  const kept = await scene.manage('POST', '/credentials', given);
  const path = `/credentials/${kept.body.id}`;
  const messages = [{ role: 'user', content: 'Salve' }];
  for (const body of [
    { api_base: `${OTHER_ORIGIN}/v1`, base_url: 'http://10.0.0.1:8080/v1' },
    { extra_body: { base_url: `${OTHER_ORIGIN}/v1` }, api_key: 'x', custom_llm_provider: 'openai' },
  ])
    await scene.call('/v1/chat/completions', { model: given.models[0], messages, ...body });
  const byCaller = await accidents(scene);
  checks.check(
    'a caller names another base URL in the request',
    byCaller === '',
    byCaller || 'no credential elsewhere',
  );
  for (const base_url of [`${OTHER_ORIGIN}/v1`, `${PUBLIC_ORIGIN}:8443/v1`, 'https://10.0.0.1/v1']) {
    const moved = await scene.manage('PATCH', path, { base_url, test: false });
    await scene.manage('POST', `${path}/test`, {});
    await callEverywhere(scene, given.models[0]!);
    const wrong = await accidents(scene);
    const isRefused = moved.status >= 400 && moved.status < 500;
    checks.check(
      `moved to ${base_url} without its key`,
      isRefused && wrong === '',
      `${moved.status}, ${wrong || '0 bytes'}`,
    );
  }
  for (const region of [
    'x.cases.example/',
    'us-east-1@10.0.0.1',
    '10.0.0.1:8080/#',
    'us-east-1.other.cases.example#',
  ]) {
    const secrets = { api_key: SECRET, region, models: ['b'], test: true };
    const made = await scene.manage('POST', '/credentials', {
      name: region,
      provider: 'bedrock',
      ...secrets,
    });
    const wrong = await accidents(scene);
    checks.check(
      `a region ${region}`,
      made.status >= 400 && wrong === '',
      `${made.status}, ${wrong || '0 bytes'}`,
    );
  }
}

const startedAt = Date.now();
const scene = await openScene(process.argv[2]!);
try {
  await beFair(scene);
  await tryHostile(scene);
  await tryRebinding(scene);
  await tryRedirects(scene);
  await tryMoving(scene);
} finally {
  await scene.close();
}
process.stdout.write(
  `${saved} credentials tried, ${scene.names.asked()} names asked, ${Date.now() - startedAt} ms\n`,
);
checks.finish();
