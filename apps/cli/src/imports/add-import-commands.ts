// insula import single-tenant: the documents of an older, single-tenant database into a workspace, through the API. Each keeps
// its old id as external_id, so that a second run changes what was changed, and adds nothing twice.
import type { Command } from 'commander';
import { type Account, openAccount } from '../account/open-account.ts';
import { resolveId } from '../endpoints/resolve-id.ts';
import { type Shell, UsageError } from '../terminal/shell.ts';
import { formatFor, writeResult } from '../terminal/write-result.ts';
import { type OldDatabase, type OldDocument, openSingleTenant } from './open-single-tenant.ts';

/** Where single-tenant data belongs. */
const DEFAULT_WORKSPACE = '00000000-0000-0000-0000-000000000002';
const CONTENT_MAX = 10_000_000;
const FAILURES_SHOWN = 50;

type Flags = { databaseUrl: string; workspaceId?: string; dryRun?: boolean; url?: string; output?: string };
type Report = {
  dry_run: boolean;
  workspace_id: string;
  documents: number;
  imported: number;
  unchanged: number;
  skipped: number;
  failed: number;
  failures: { id: string; reason: string }[];
  left_behind: Record<string, number>;
};

/** Adds `import` with its kinds. */
export function addImportCommands(program: Command, shell: Shell): void {
  program
    .command('import')
    .summary('Bring in what another system has')
    .command('single-tenant')
    .summary('Import the documents of a single-tenant database')
    .description(
      'Reads the table documents (id, title, source, content, metadata; content from chunks where it is missing) and sends each document to the default workspace. Can be repeated: nothing comes twice. Needs knowledge:write there.',
    )
    .requiredOption('--database-url <address>', 'the PostgreSQL database to read; nothing in it is changed')
    .option('--workspace-id <id or slug>', 'another workspace than the default one')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--output <format>', 'table or json (table on a terminal)')
    .option('--url <address>', 'the server (saved from the login; INSULA_URL)')
    .action((flags: Flags) => importDocuments(shell, flags));
}

async function importDocuments(shell: Shell, flags: Flags): Promise<void> {
  const format = formatFor(shell, flags.output);
  const account = openAccount(shell, { url: flags.url });
  const workspace_id =
    flags.workspaceId === undefined
      ? DEFAULT_WORKSPACE
      : await resolveId(account, 'workspace_id', { workspace_id: flags.workspaceId });
  const old = await open(flags.databaseUrl);
  try {
    const report = await send({ shell, account, old }, { workspace_id, isDry: flags.dryRun ?? false });
    writeResult(shell, report, format);
    if (report.failed > 0)
      throw new UsageError(`${report.failed} documents were not imported; run it again.`);
  } finally {
    await old.close();
  }
}

async function open(url: string): Promise<OldDatabase> {
  try {
    return await openSingleTenant(url);
  } catch (error) {
    throw new UsageError(`The database cannot be read: ${(error as Error).message}`);
  }
}

type Ends = { shell: Shell; account: Account; old: OldDatabase };

async function send(
  { shell, account, old }: Ends,
  { workspace_id, isDry }: { workspace_id: string; isDry: boolean },
): Promise<Report> {
  const { sessions, messages } = old.counts;
  const report: Report = {
    dry_run: isDry,
    ...{
      workspace_id,
      documents: old.counts.documents ?? 0,
      imported: 0,
      unchanged: 0,
      skipped: 0,
      failed: 0,
    },
    failures: [],
    left_behind: { sessions: sessions ?? 0, messages: messages ?? 0 },
  };
  const note = (id: string, reason: string) => {
    if (report.failures.length < FAILURES_SHOWN) report.failures.push({ id, reason });
  };
  for await (const one of old.documents()) {
    const reason = refuse(one);
    if (reason) {
      report.skipped++;
      note(one.id, reason);
    } else if (isDry) report.imported++;
    else
      await account.insula.documents.create({ workspace_id, ...present(one) }).then(
        ({ duplicate }) => (duplicate ? report.unchanged++ : report.imported++),
        (error: Error) => {
          report.failed++;
          note(one.id, error.message);
        },
      );
    const done = report.imported + report.unchanged + report.skipped + report.failed;
    if (done % 100 === 0) shell.stderr.write(`${done} of ${report.documents} documents\n`);
  }
  return report;
}

function refuse({ content }: OldDocument): string | undefined {
  if (content.trim() === '') return 'It has no text.';
  return content.length > CONTENT_MAX ? `Its text is longer than ${CONTENT_MAX} characters.` : undefined;
}

/** A document as the API takes it; facts that are neither text, number nor truth value are written as JSON. */
function present({ id, title, source, content, metadata }: OldDocument) {
  const facts = Object.entries(metadata)
    .filter(([name, value]) => name.length > 0 && name.length <= 100 && value !== null)
    .slice(0, 50)
    .map(([name, value]): [string, string | number | boolean] => [
      name,
      typeof value === 'number' || typeof value === 'boolean'
        ? value
        : (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 300),
    ]);
  return {
    title: (title?.trim() || source?.trim() || id).slice(0, 300),
    content,
    external_id: id,
    source: (source?.trim() || id).slice(0, 2_000),
    source_kind: 'import' as const,
    metadata: Object.fromEntries(facts),
  };
}
