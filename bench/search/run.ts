// npm run bench:search -- --data DIR [--database embedded|postgres]: how well a test collection in BEIR's layout is searched,
// through the real upload and the real search of a server of its own. Documents are ranked by their best passage. Ends with
// one JSON line: nDCG@10, recall@100 and latency (one caller) for vector, text and hybrid.
//
// A document that is not judged counts as not relevant; queries without a relevant document are left out; documents of equal
// text are one in the server, and stand in the ranking one after the other.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { judgeRanking, recallOf } from './judge-ranking.ts';
import { type Collection, readCollection } from './read-collection.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    split: { type: 'string' },
    database: { type: 'string', default: 'embedded' },
    modes: { type: 'string', default: 'vector,text,hybrid' },
    'text-weight': { type: 'string' },
  },
});
if (!values.data) throw new Error('Name a folder in BEIR’s layout: --data DIR.');
if (values.database === 'embedded') delete process.env.TEST_DATABASE_URL;
else if (!process.env.TEST_DATABASE_URL) throw new Error('Set TEST_DATABASE_URL for --database postgres.');

// Which database it is, is decided when this is loaded.
const { openIdentityGround } = await import('../../apps/server/test/open-identity-ground.ts');
const ground = await openIdentityGround();
type Place = Awaited<ReturnType<typeof ground.newPlace>>;
type Row = Record<string, unknown>;

const log = (text: string) => process.stderr.write(`${text}\n`);

async function call(
  method: string,
  path: string,
  { token, body }: { token: string; body?: unknown },
): Promise<Row> {
  for (;;) {
    const answer = await ground.api(method, path, body === undefined ? { token } : { token, body });
    if (answer.status < 300) return answer.body;
    if (answer.status !== 429) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    await sleep(Number(answer.headers.get('retry-after') ?? 1) * 1_000);
  }
}

/** Uploads everything and waits until it is searchable; answers which corpus documents each document stands for. */
async function upload(
  place: Place,
  token: string,
  { documents }: Collection,
): Promise<Map<string, string[]>> {
  const path = `/v1/workspaces/${place.workspaceId}/documents`;
  const standsFor = new Map<string, string[]>();
  let next = 0;
  const uploader = async () => {
    for (let one = documents[next++]; one; one = documents[next++]) {
      const title = (one.title ?? '').trim().slice(0, 300);
      const content = one.text.trim() === '' ? title : one.text;
      if (content === '') continue;
      const body = { content, content_type: 'text/plain', ...(title === '' ? {} : { title }) };
      const { id } = await call('POST', path, { token, body });
      standsFor.set(String(id), [...(standsFor.get(String(id)) ?? []), one._id]);
    }
  };
  await Promise.all(Array.from({ length: 4 }, uploader));
  for (;;) {
    const counts = (await call('GET', `${path}/counts`, { token })) as {
      by_status?: Record<string, number>;
    } & Row;
    const {
      queued = 0,
      reading = 0,
      embedding = 0,
      indexing = 0,
      failed = 0,
      ready = 0,
    } = (counts.by_status ?? counts) as Record<string, number>;
    const left = queued + reading + embedding + indexing;
    log(`${ready} ready, ${left} to come, ${failed} failed`);
    if (left === 0) return standsFor;
    await sleep(2_000);
  }
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));
const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;

type Asked = {
  place: Place;
  token: string;
  standsFor: ReadonlyMap<string, string[]>;
  collection: Collection;
};

async function measureMode(mode: string, { place, token, standsFor, collection }: Asked) {
  const times: number[] = [];
  const gains: number[] = [];
  const recalls: number[] = [];
  const weight = values['text-weight'] === undefined ? {} : { text_weight: Number(values['text-weight']) };
  for (const { text: query, grades } of collection.queries) {
    const body = { query: query.slice(0, 8_000), mode, limit: 100, group_by: 'document', ...weight };
    const startedAt = performance.now();
    const { data } = await call('POST', `/v1/workspaces/${place.workspaceId}/search`, { token, body });
    times.push(performance.now() - startedAt);
    const ranking = (data as { document: { id: string } }[]).flatMap(
      ({ document }) => standsFor.get(document.id) ?? [],
    );
    gains.push(judgeRanking(ranking, grades, 10));
    recalls.push(recallOf(ranking, grades, 100));
  }
  times.sort((one, other) => one - other);
  const at = (share: number) => round(times[Math.floor(times.length * share)]!, 1);
  const quality = { ndcg_at_10: round(mean(gains), 4), recall_at_100: round(mean(recalls), 4) };
  return { ...quality, p50_ms: at(0.5), p95_ms: at(0.95) };
}

try {
  const collection = readCollection(values.data, values.split);
  const place = await ground.newPlace();
  const { access_token: token } = await ground.signIn(await place.join('admin'));
  const began = performance.now();
  const standsFor = await upload(place, token, collection);
  const uploadedS = round((performance.now() - began) / 1_000, 1);
  const asked = { place, token, standsFor, collection };
  const modes: Record<string, unknown> = {};
  for (const mode of values.modes.split(',')) {
    modes[mode] = await measureMode(mode, asked);
    log(`${mode} ${JSON.stringify(modes[mode])}`);
  }
  const { data, database } = values;
  const counted = { documents: standsFor.size, queries: collection.queries.length, upload_s: uploadedS };
  console.log(JSON.stringify({ bench: 'search', data, database, ...counted, ...modes }));
} finally {
  await ground.close();
}
