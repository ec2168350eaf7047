// Test queries in the layouts they come in: BEIR's (queries.jsonl with qrels/*.tsv) and one CSV table.
import { readCsv } from '../tables/read-csv.ts';
import { UsageError } from '../terminal/shell.ts';

export type TestQuery = { key: string; query: string; expected: { external_id: string; grade: number }[] };

/** BEIR: a JSON line a query (`_id`, `text`), and a TSV line a judgement (`query-id`, `corpus-id`, `score`). Queries without one are left out. */
export function readBeir(queries: string, qrels: string): TestQuery[] {
  const grades = new Map<string, Map<string, number>>();
  for (const [number, line] of linesOf(qrels).entries()) {
    const cells = line.split('\t');
    // TREC's own layout has an unused second column.
    const [key, external, score] = cells.length > 3 ? [cells[0], cells[2], cells[3]] : cells;
    const grade = Number(score);
    if (number === 0 && Number.isNaN(grade)) continue;
    if (!key || !external || Number.isNaN(grade))
      throw new UsageError(`Line ${number + 1} of the judgements is not "query, document, grade" with tabs.`);
    grades.set(key, (grades.get(key) ?? new Map()).set(external, Math.max(0, grade)));
  }
  return linesOf(queries).flatMap((line, i) => {
    const { _id, id, text, query } = parse(line, i) as Record<string, unknown>;
    const key = String(_id ?? id ?? '');
    const words = String(text ?? query ?? '').trim();
    if (key === '' || words === '')
      throw new UsageError(`Line ${i + 1} of the queries has no _id or no text.`);
    const own = grades.get(key);
    return own ? [{ key, query: words, expected: expectedOf(own) }] : [];
  });
}

/** A table with the columns query, document and, if wanted, key and grade; several lines of one query are put together. */
export function readTable(text: string): TestQuery[] {
  const byKey = new Map<string, { query: string; grades: Map<string, number> }>();
  for (const [i, row] of readCsv(text).entries()) {
    const query = row.query?.trim();
    const external = (row.document ?? row.external_id)?.trim();
    const grade = Number(row.grade || '1');
    if (!query || !external || Number.isNaN(grade))
      throw new UsageError(`Line ${i + 2} needs the columns query and document, and a number as grade.`);
    const key = (row.key?.trim() || query).slice(0, 200);
    const found = byKey.get(key) ?? { query, grades: new Map<string, number>() };
    found.grades.set(external, grade);
    byKey.set(key, found);
  }
  return [...byKey].map(([key, { query, grades }]) => ({ key, query, expected: expectedOf(grades) }));
}

const expectedOf = (grades: Map<string, number>) =>
  [...grades].slice(0, 2_000).map(([external_id, grade]) => ({ external_id, grade }));

const linesOf = (text: string) => text.split(/\r?\n/).filter((line) => line.trim() !== '');

function parse(line: string, i: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new UsageError(`Line ${i + 1} of the queries is no JSON.`);
  }
}
