// One pass of the proof on one database: random questions, what changes when access does, and the same bytes whatever others
// have. Prints what it saw; the last line is JSON. Options: --questions <number>, --books <on each shelf>, --seed,
// --strip, --plant (with the walls of some tables taken down: it must leak).
import { parseArgs } from 'node:util';
import { openSweepGround } from '../../apps/server/test/sweeps/open-sweep-ground.ts';
import { onPostgres, startServer } from '../../apps/server/test/world.ts';
import { createStrip } from '../isolation/create-strip.ts';
import { changeAccess } from './change-access.ts';
import { compareBytes } from './compare-bytes.ts';
import { createDice, type Dice } from './create-dice.ts';
import { judgeAnswer } from './judge-answer.ts';
import { makeQuestion, type Question } from './make-question.ts';
import { type Archive, openArchive } from './open-archive.ts';

const { values: options } = parseArgs({
  options: {
    questions: { type: 'string', default: '600' },
    books: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    strip: { type: 'boolean', default: false },
    plant: { type: 'boolean', default: false },
  },
});

const started = performance.now();
const seconds = () => Number(((performance.now() - started) / 1000).toFixed(1));
const database = `${onPostgres ? 'PostgreSQL' : 'PGlite'}${options.strip ? ', stripped' : ''}`;
const say = (text: string) => console.log(`${database.padEnd(20)} ${text}`);
const faults: string[] = [];
const tally = { questions: 0, searches: 0, answered: 0, hits: 0, refused: 0, compared: 0 };

const ground = await openSweepGround();
await prove().finally(() => ground.close());
for (const [kind, count] of groupFaults()) say(`FAULT ×${count} ${kind}`);
console.log(
  JSON.stringify({ database, ...tally, faults: faults.length, seed: options.seed, seconds: seconds() }),
);
process.exitCode = faults.length > 0 ? 1 : 0;

async function prove(): Promise<void> {
  const archive = await openArchive(ground, Number(options.books));
  const books = archive.shelves.flatMap((shelf) => shelf.books);
  const passages = books.flatMap(({ passageIds }) => passageIds).length;
  say(
    `${archive.shelves.length} collections, ${books.length} documents, ${passages} passages, ${archive.readers.length} readers; ${seconds()} s`,
  );
  const strip = createStrip();
  const bare = options.strip ? await startServer(ground.ground, { plugins: [strip.plugin] }) : undefined;
  if (bare) archive.url = bare.url;
  if (options.plant) await plant();
  const dice = createDice(Number(options.seed));
  const number = Number(options.questions);
  await askMany(archive, dice, number);
  say(
    `asked ${tally.questions}: ${tally.searches} searches, ${tally.hits} hits; ${faults.length} faults, ${seconds()} s`,
  );
  if (bare) {
    say(`${strip.stats().predicates} predicates taken out of ${strip.stats().queries} different queries`);
    await bare.close();
    return;
  }
  for await (const change of changeAccess(archive)) {
    await askMany(archive, dice, Math.ceil(number / 10));
    say(`after ${change}: ${faults.length} faults, ${seconds()} s`);
  }
  const compared = await compareBytes(archive);
  tally.compared = compared.questions;
  faults.push(...compared.faults);
  say(
    `${compared.questions} answers with the documents of others there, gone and more: ${compared.faults.length} differ, ${seconds()} s`,
  );
  if (tally.hits === 0) faults.push('nothing was found at all: nothing was proved');
}

async function askMany(archive: Archive, dice: Dice, number: number): Promise<void> {
  const questions = Array.from({ length: number }, () => makeQuestion(archive, dice));
  const lanes = Array.from({ length: 4 }, async () => {
    for (;;) {
      const question = questions.pop();
      if (!question) return;
      await askOne(archive, question);
    }
  });
  await Promise.all(lanes);
}

async function askOne(archive: Archive, question: Question): Promise<void> {
  const { reader, method, path, body } = question;
  const answer = await archive.call(reader.secret, method, path, body);
  const verdict = judgeAnswer(archive, question, { answer, isStripped: options.strip });
  tally.questions++;
  tally.searches += Number(question.kind === 'search');
  tally.hits += verdict.hits;
  if (answer.status < 300) tally.answered++;
  else tally.refused++;
  for (const fault of verdict.faults)
    faults.push(
      `${reader.name}: ${method} ${path.replace(/\?.*/, '')} ${fault} ${JSON.stringify(body ?? {}).slice(0, 200)}`,
    );
}

/** Takes the walls of the pooled schema down where searches read. */
async function plant(): Promise<void> {
  const tables = ['collections', 'documents', 'chunks', 'search_segments', 'search_segment_parts'];
  for (const table of [...tables, 'search_segment_documents', 'collection_shares'])
    for (const policy of ['organization', 'workspace'])
      await ground.rows(`alter policy ${policy} on tenants.${table} using (true)`);
  say('planted: the policies of what searches read let everything through');
}

/** Faults that differ in ids only are one kind; at most 20 kinds are shown. */
function groupFaults(): [string, number][] {
  const kinds = new Map<string, number>();
  for (const fault of faults) {
    const kind = fault.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>').slice(0, 400);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].slice(0, 20);
}
