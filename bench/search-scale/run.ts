// npm run bench:search-scale: hybrid searches in workspaces of very different sizes on one server: how long they take with
// eight callers, how many of the ten nearest vectors are found, and whether one workspace's searches cost more because of the
// others. PostgreSQL with TEST_DATABASE_URL, else the embedded database with one workspace of 20,000 passages.
// Ends with one JSON line.
import { parseArgs } from 'node:util';
import {
  openSearchGround,
  type SearchGround,
  type SearchPlace,
} from '../../apps/server/test/open-search-ground.ts';
import { onPostgres } from '../../apps/server/test/world.ts';
import { makePassages, type Passages } from './make-passages.ts';
import { measureRecall } from './measure-recall.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    dimensions: { type: 'string', default: '384' },
    callers: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '10' },
  },
});
const dimensions = Number(values.dimensions);
const callers = Number(values.callers);
const seconds = Number(values.seconds);

/** Workspaces by size; two hundred with a million passages in all, a tenth of that for `--quick`, one on the embedded database. */
const sizes = (() => {
  if (!onPostgres) return [[20_000, 1]] as const;
  const all = [
    [100_000, 1],
    [50_000, 4],
    [25_000, 10],
    [10_000, 20],
    [4_000, 40],
    [1_000, 60],
    [460, 40],
    [100, 25],
  ] as const;
  return values.quick
    ? ([
        [20_000, 1],
        [5_000, 8],
        [1_000, 30],
        [100, 61],
      ] as const)
    : all;
})();

type Workspace = { place: SearchPlace; passages: number };
type Actor = Parameters<SearchGround['search']>[0];

const questions = new Map<string, Float32Array>();
const passages = makePassages(dimensions, 7);
const log = (text: string) => process.stderr.write(`${text}\n`);

async function fill(ground: SearchGround): Promise<{ workspaces: Workspace[]; actor: Actor }> {
  const home = await ground.newOrganization();
  const actor = await (await home.add('admin')).actor();
  const workspaces: Workspace[] = [];
  for (const [size, count] of sizes)
    for (let i = 0; i < count; i++) {
      const workspaceId = await home.addWorkspace();
      const place = await ground.newCollection(home, workspaceId);
      if (workspaces.length === 0) ground.remember(place);
      await fillOne(ground, place, size);
      workspaces.push({ place, passages: size });
    }
  return { workspaces, actor };
}

const DOCUMENT_PASSAGES = 20;
/** As an ingestion does it: some hundred documents at a time. */
const PUBLISHED = 8_000;

async function fillOne(ground: SearchGround, place: SearchPlace, size: number): Promise<void> {
  for (let from = 0; from < size; from += PUBLISHED) {
    const count = Math.min(PUBLISHED, size - from);
    const documents = Array.from({ length: Math.ceil(count / DOCUMENT_PASSAGES) }, (_, i) => ({
      title: `Document ${from + i}`,
      passages: Array.from({ length: Math.min(DOCUMENT_PASSAGES, count - i * DOCUMENT_PASSAGES) }, () =>
        passages.next(),
      ),
    }));
    await ground.publish(place, documents);
  }
}

type Figures = { searches: number; p50: number; p95: number; p99: number; short: number };

/** Searches as fast as the callers can, each in a workspace that `choose` names. */
async function load(ground: SearchGround, actor: Actor, choose: () => Workspace): Promise<Figures> {
  const times: number[] = [];
  let short = 0;
  const until = performance.now() + seconds * 1_000;
  const caller = async () => {
    while (performance.now() < until) {
      const { place, passages: held } = choose();
      const query = nextQuestion(passages);
      const startedAt = performance.now();
      const { data } = await ground.search(actor, {
        workspace_id: place.workspaceId,
        query,
        mode: 'hybrid',
        limit: 10,
      });
      times.push(performance.now() - startedAt);
      if (data.length < Math.min(10, held)) short++;
      questions.delete(query);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  times.sort((one, other) => one - other);
  const at = (share: number) => Number(times[Math.floor(times.length * share)]!.toFixed(1));
  return { searches: times.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), short };
}

function nextQuestion(source: Passages): string {
  const { text, vector } = source.question();
  questions.set(text, vector);
  return text;
}

async function measure(ground: SearchGround) {
  const began = performance.now();
  const { workspaces, actor } = await fill(ground);
  const filledS = Math.round((performance.now() - began) / 1_000);
  log(`filled ${workspaces.length} workspaces in ${filledS} s`);
  const largest = workspaces[0]!;
  const small = workspaces.filter(({ passages: held }) => held <= 1_000);
  const any = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)]!;
  const coldAt = performance.now();
  await ground.search(actor, {
    workspace_id: largest.place.workspaceId,
    query: nextQuestion(passages),
    mode: 'hybrid',
  });
  const coldMs = Math.round(performance.now() - coldAt);
  const result: Record<string, unknown> = { filled_s: filledS, largest_cold_ms: coldMs };
  const phase = async (name: string, choose: () => Workspace) => {
    await load(ground, actor, choose); // warm
    result[name] = await load(ground, actor, choose);
    log(`${name} ${JSON.stringify(result[name])}`);
  };
  if (small.length > 0) await phase('small_alone', () => any(small));
  await phase('largest', () => largest);
  if (small.length > 0) await phase('mixed', () => any(workspaces));
  if (small.length > 0) await phase('small', () => any(small));
  const { recall } = await measureRecall(ground, {
    place: largest.place,
    actor,
    questions,
    next: () => nextQuestion(passages),
  });
  const { rss } = process.memoryUsage();
  const memory = { segments_mb: toMegabytes(ground.deps.scorer.memory().used), rss_mb: toMegabytes(rss) };
  return { ...result, recall_at_10: recall, ...memory };
}

const toMegabytes = (bytes: number) => Math.round(bytes / 1_048_576);

const ground = await openSearchGround((question) => questions.get(question)!, { env: { LOG_LEVEL: 'warn' } });
try {
  const measured = await measure(ground);
  const database = onPostgres ? 'postgres' : 'embedded';
  console.log(
    JSON.stringify({
      bench: 'search-scale',
      database,
      passages: sizes.reduce((sum, [size, count]) => sum + size * count, 0),
      dimensions,
      callers,
      ...measured,
    }),
  );
} finally {
  await ground.close();
}
