// insula test-set import: queries with the documents that should be found, from files.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { openAccount } from '../account/open-account.ts';
import { resolveId } from '../endpoints/resolve-id.ts';
import { type Shell, UsageError } from '../terminal/shell.ts';
import { formatFor, writeResult } from '../terminal/write-result.ts';
import { readBeir, readTable } from './read-beir.ts';

type Flags = {
  testSetId: string;
  workspaceId?: string;
  queries?: string;
  qrels?: string;
  csv?: string;
  url?: string;
  output?: string;
};

const AT_ONCE = 200;

/** Adds the command to the noun of test sets. */
export function addTestCommands(program: Command, shell: Shell): void {
  program.commands
    .find((command) => command.name() === 'test-set')!
    .command('import')
    .summary('Add queries from files: BEIR or CSV')
    .description(
      'Adds queries with the documents that should be found. A document is named by its external_id. A query whose key is there is replaced. Then search them all: insula test-run create. Needs the permission knowledge:write.',
    )
    .requiredOption('--test-set-id <id>', 'the test set')
    .option('--workspace-id <id or slug>', 'the current one otherwise')
    .option('--queries <path>', 'BEIR: queries.jsonl')
    .option('--qrels <path>', 'BEIR: the judgements, such as qrels/test.tsv')
    .option('--csv <path>', 'a table with the columns query, document and, if wanted, key and grade')
    .option('--output <format>', 'table or json (table on a terminal)')
    .option('--url <address>', 'the server (saved from the login; INSULA_URL)')
    .action((flags: Flags) => importQueries(shell, flags));
}

async function importQueries(shell: Shell, flags: Flags): Promise<void> {
  const format = formatFor(shell, flags.output);
  const queries = readFiles(flags);
  if (queries.length === 0) throw new UsageError('There is no query with a judgement in these files.');
  const account = openAccount(shell, { url: flags.url });
  const workspace_id =
    flags.workspaceId === undefined
      ? await account.workspaceId()
      : await resolveId(account, 'workspace_id', { workspace_id: flags.workspaceId });
  const at = { workspace_id, test_set_id: flags.testSetId };
  for (let from = 0; from < queries.length; from += AT_ONCE)
    await account.insula.testQueries.put({ ...at, queries: queries.slice(from, from + AT_ONCE) });
  writeResult(shell, await account.insula.testSets.get(at), format);
}

function readFiles({ queries, qrels, csv }: Flags) {
  if (csv !== undefined) return readTable(readText(csv));
  if (queries === undefined || qrels === undefined)
    throw new UsageError('Give --queries and --qrels, or --csv.');
  return readBeir(readText(queries), readText(qrels));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
