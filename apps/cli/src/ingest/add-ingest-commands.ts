// insula ingest: a folder of files becomes documents that searches find. insula ask: the sentences of them that answer.
import type { Command } from 'commander';
import { openAccount } from '../account/open-account.ts';
import { resolveId } from '../endpoints/resolve-id.ts';
import { askModel } from '../models/ask-model.ts';
import { plainText, type Shell, UsageError } from '../terminal/shell.ts';
import { formatFor, writeResult } from '../terminal/write-result.ts';
import { ingestFolder, type Report } from './ingest-folder.ts';
import { findCollection } from './read-standing.ts';
import { walkFolder } from './walk-folder.ts';

const EXTRACTIVE = 'insula/extractive';
const CONCURRENCY_MAX = 16;
const FAILURES_SHOWN = 50;

type Flags = {
  directory: string;
  workspaceId?: string;
  collection?: string;
  include?: string[];
  exclude?: string[];
  dryRun?: boolean;
  concurrency: string;
  wait: boolean;
  removeMissing?: boolean;
  yes?: boolean;
  url?: string;
  output?: string;
};

const urlFlag = ['--url <address>', 'the server (saved from the login; INSULA_URL)'] as const;

/** Adds the commands that need nothing but files. */
export function addIngestCommands(program: Command, shell: Shell): void {
  program
    .command('ingest')
    .summary('Upload a folder of documents, and wait until they can be searched')
    .description(
      'Uploads what is new or changed in a folder, and waits until all of it can be searched. Run it again at any time: what is there already is not sent. Each file is a document under its path in the folder. Symbolic links, empty and hidden files and node_modules are passed over. Needs knowledge:write.',
    )
    .requiredOption('--directory <path>', 'the folder')
    .option('--workspace-id <id or slug>', 'the current one otherwise')
    .option('--collection <id or slug>', 'the default one otherwise')
    .option('--include <glob>', 'only such files, as *.pdf or manuals/**; repeat it', collect)
    .option('--exclude <glob>', 'no such files or folders; repeat it', collect)
    .option('--remove-missing', 'remove documents of this folder whose files are gone; asks first')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--no-wait', 'end as soon as everything is sent')
    .option('--concurrency <number>', `files sent at once, at most ${CONCURRENCY_MAX}`, '4')
    .option('--output <format>', 'table or json (table on a terminal)')
    .option(...urlFlag)
    .action((flags: Flags) => ingest(shell, flags));
  program
    .command('ask')
    .argument('<question>', 'what to ask')
    .description('Ask your documents: quotes the sentences that answer, without any language model')
    .option(...urlFlag)
    .action((text: string, flags: { url?: string }) =>
      askModel(shell, openAccount(shell, flags), { text, model: EXTRACTIVE }),
    );
}

function collect(one: string, before: string[] = []): string[] {
  return [...before, one];
}

async function ingest(shell: Shell, flags: Flags): Promise<void> {
  const format = formatFor(shell, flags.output);
  const concurrency = Number(flags.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > CONCURRENCY_MAX)
    throw new UsageError(`--concurrency is a number from 1 to ${CONCURRENCY_MAX}.`);
  const account = openAccount(shell, { url: flags.url });
  const { include = [], exclude = [] } = flags;
  const folder = await walkFolder(flags.directory, { include, exclude });
  const workspaceId =
    flags.workspaceId === undefined
      ? await account.workspaceId()
      : await resolveId(account, 'workspace_id', { workspace_id: flags.workspaceId });
  const place = await findCollection(account, workspaceId, flags.collection);
  const { dryRun = false, removeMissing = false, yes = false, wait } = flags;
  const wishes = { isDry: dryRun, concurrency, wait, removeMissing, yes };
  const report = await ingestFolder({ shell, account, place, folder, wishes });
  if (format === 'json') writeResult(shell, report, format);
  else shell.stdout.write(sayReport(report));
  if (report.failed > 0) throw new Error(`${report.failed} failed. Mend them, and run it again.`);
}

function sayReport(report: Report): string {
  const count = (n: number, words: string) => (n > 0 ? [`${n} ${words}`] : []);
  const counts = [
    `${report.new} new`,
    `${report.replaced} replaced`,
    `${report.unchanged} unchanged`,
    ...count(report.same_as_another, 'with the content of another'),
    ...count(report.tried_again, 'tried again'),
    ...count(report.removed, 'removed'),
    ...count(report.skipped, 'passed over'),
    ...count(report.under_way, 'still being read'),
    `${report.failed} failed`,
  ];
  const shown = report.failures.slice(0, FAILURES_SHOWN);
  const lines = shown.map(({ file, reason }) => `  ${plainText(file)}: ${plainText(reason)}\n`);
  if (report.failed > shown.length) lines.push(`  and ${report.failed - shown.length} more; --output json\n`);
  return `${report.dry_run ? 'Nothing was done. It would be: ' : ''}${counts.join(', ')}.\n${lines.join('')}`;
}
