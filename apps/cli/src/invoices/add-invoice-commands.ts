// insula usage reconcile: a provider's invoice beside the ledger, as a table, JSON or CSV.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { openAccount } from '../account/open-account.ts';
import { resolveId } from '../endpoints/resolve-id.ts';
import { writeCsv } from '../tables/read-csv.ts';
import { scaleDecimal, writeScaled } from '../tables/scale-decimal.ts';
import { type Shell, UsageError } from '../terminal/shell.ts';
import { formatFor, writeResult } from '../terminal/write-result.ts';
import { readInvoice } from './read-invoice.ts';

type Flags = {
  file: string;
  url?: string;
  output?: string;
  organizationId?: string;
  provider?: string;
  key?: string[];
  tolerancePercent?: string;
  toleranceCost?: string;
  snapshots?: boolean;
};
type Side = Record<
  'calls' | 'input_tokens' | 'cached_input_tokens' | 'output_tokens' | 'cost_micros',
  number | null
>;
type Comparison = {
  day: string | null;
  key: string | null;
  model: string | null;
  verdict: string;
  theirs: Side;
  ours: Side;
  drift: Side;
  drift_percent: Record<string, number | null>;
  unpriced_calls: number;
};

/** Adds the command to the noun of usage. */
export function addInvoiceCommands(program: Command, shell: Shell): void {
  program.commands
    .find((command) => command.name() === 'usage')!
    .command('reconcile')
    .summary("Compare a provider's invoice with the ledger")
    .description("Compare a provider's invoice with the ledger. Needs the permission billing:read.")
    .requiredOption('--file <path>', "CSV or JSON: the plain layout, or OpenAI's usage or costs export")
    .option('--organization-id <id or slug>', 'the current one otherwise')
    .option('--provider <name>', 'only calls of this provider, such as openai')
    .option(
      '--key <name=credential>',
      "a key's name at the provider, and the credential it is here; repeat it",
      collect,
    )
    .option('--tolerance-percent <number>', 'drift that is tolerated, in percent; default 1')
    .option('--tolerance-cost <decimal>', 'drift of a cost that is tolerated anyway; default 0.01')
    .option('--snapshots', 'tell gpt-4o-2024-08-06 from gpt-4o')
    .option('--output <format>', 'table, json or csv (table on a terminal)')
    .option('--url <address>', 'the server (saved from the login; INSULA_URL)')
    .action((flags: Flags) => reconcile(shell, flags));
}

function collect(one: string, before: string[] = []): string[] {
  return [...before, one];
}

async function reconcile(shell: Shell, flags: Flags): Promise<void> {
  const format = flags.output === 'csv' ? 'csv' : formatFor(shell, flags.output);
  const rows = readInvoice(readText(flags.file), readKeys(flags.key ?? []));
  const account = openAccount(shell, { url: flags.url });
  const organization_id =
    flags.organizationId === undefined
      ? await account.organizationId()
      : await resolveId(account, 'organization_id', { organization_id: flags.organizationId });
  const report = await account.insula.usage.reconcile({
    organization_id,
    rows,
    merge_snapshots: !flags.snapshots,
    ...(flags.provider === undefined ? {} : { provider: flags.provider }),
    ...(flags.tolerancePercent === undefined ? {} : { tolerance_percent: Number(flags.tolerancePercent) }),
    ...(flags.toleranceCost === undefined
      ? {}
      : { tolerance_micros: Number(scaleDecimal(flags.toleranceCost, 6)) }),
  });
  if (format === 'json') return writeResult(shell, report, format);
  const lines = report.data.map(flatten);
  if (format === 'csv') shell.stdout.write(writeCsv(lines));
  else writeResult(shell, { data: lines }, format);
  const counts = Object.entries(report.verdicts).map(
    ([verdict, n]) => `${n} ${verdict.replaceAll('_', ' ')}`,
  );
  shell.stderr.write(`${counts.join(', ')}; whole drift: ${sayDrift(report.totals[0])}.\n`);
  if (report.omitted > 0) shell.stderr.write(`${report.omitted} rows with less drift are not shown.\n`);
}

function readKeys(given: string[]): Map<string, string> {
  return new Map(
    given.map((pair) => {
      const at = pair.lastIndexOf('=');
      if (at < 1) throw new UsageError(`--key is <name>=<credential id>, not "${pair}".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function flatten(one: Comparison) {
  const { day, key, model, verdict, theirs, ours, drift, drift_percent } = one;
  return {
    ...{ day, key, model, verdict },
    cost_theirs: sayCost(theirs.cost_micros),
    cost_ours: sayCost(ours.cost_micros),
    cost_drift: sayCost(drift.cost_micros),
    cost_drift_percent: drift_percent.cost_micros ?? null,
    input_theirs: theirs.input_tokens,
    input_ours: ours.input_tokens,
    input_drift: drift.input_tokens,
    output_theirs: theirs.output_tokens,
    output_ours: ours.output_tokens,
    output_drift: drift.output_tokens,
    calls_theirs: theirs.calls,
    calls_ours: ours.calls,
    unpriced_calls: one.unpriced_calls,
  };
}

function sayCost(micros: number | null): string | null {
  return micros === null ? null : writeScaled(BigInt(micros), 6);
}

function sayDrift(total: Comparison | undefined): string {
  if (!total) return 'none';
  const { drift, drift_percent: percent } = total;
  const cost = sayCost(drift.cost_micros);
  const tokens = `${drift.input_tokens ?? '-'} input and ${drift.output_tokens ?? '-'} output tokens`;
  return cost === null ? tokens : `${cost} (${percent.cost_micros ?? '-'} %), ${tokens}`;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
