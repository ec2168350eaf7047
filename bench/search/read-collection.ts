// A test collection in BEIR's layout: corpus.jsonl, queries.jsonl, qrels/*.tsv.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type CorpusDocument = { _id: string; title?: string; text: string };
export type Query = { id: string; text: string; grades: Map<string, number> };
export type Collection = { documents: CorpusDocument[]; queries: Query[] };

/** Reads a folder; queries are those with at least one document judged relevant. `split` names the file of judgements. */
export function readCollection(folder: string, split: string | undefined): Collection {
  const documents = readLines<CorpusDocument>(join(folder, 'corpus.jsonl'));
  const files = readdirSync(join(folder, 'qrels')).filter((name) => name.endsWith('.tsv'));
  const file = split ? `${split}.tsv` : (files.find((name) => name === 'test.tsv') ?? files[0]);
  if (!file || !files.includes(file)) throw new Error(`No judgements ${file ?? ''} in ${folder}/qrels.`);
  const grades = new Map<string, Map<string, number>>();
  for (const line of readFileSync(join(folder, 'qrels', file), 'utf8')
    .split('\n')
    .slice(1)) {
    const [query, document, grade] = line.trim().split('\t');
    if (!query || !document) continue;
    grades.set(query, (grades.get(query) ?? new Map<string, number>()).set(document, Number(grade)));
  }
  const queries = readLines<{ _id: string; text: string }>(join(folder, 'queries.jsonl')).flatMap(
    ({ _id: id, text }) => {
      const own = grades.get(id);
      return own && [...own.values()].some((grade) => grade > 0) ? [{ id, text, grades: own }] : [];
    },
  );
  return { documents, queries };
}

function readLines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as T);
}
