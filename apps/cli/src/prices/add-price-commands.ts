// insula prices import: a file of prices becomes a version of the platform's price table.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { openAccount } from '../account/open-account.ts';
import { resolveId } from '../endpoints/resolve-id.ts';
import { readAll } from '../terminal/ask.ts';
import { type Shell, UsageError } from '../terminal/shell.ts';
import { formatFor, writeResult } from '../terminal/write-result.ts';
import { readPriceFile } from './read-price-file.ts';

type Flags = {
  url?: string;
  output?: string;
  layout?: string;
  organization?: string;
  provider?: string[];
  validFrom?: string;
  note?: string;
  dryRun?: boolean;
};

const LAYOUTS = ['insula', 'litellm'];

/** Adds the command to the noun of prices. */
export function addPriceCommands(program: Command, shell: Shell): void {
  program.commands
    .find((command) => command.name() === 'price')!
    .command('import')
    .argument('<file>', 'JSON or CSV, or - for standard input')
    .summary('Publish a file of prices')
    .description(
      'Publish a file of prices as a new version, all of it or nothing. Needs the permission platform:operate.',
    )
    .option('--layout <insula|litellm>', 'how the file is laid out; told from the file otherwise')
    .option('--organization <id or slug>', 'prices of this organization only')
    .option('--provider <name>', 'only the prices of this provider; repeat it', collect)
    .option(
      '--valid-from <moment>',
      'for prices that name no day themselves; the moment of publication otherwise',
    )
    .option('--note <text>', 'where the prices are from')
    .option('--dry-run', 'only say what would change')
    .option('--output <format>', 'table or json (table on a terminal)')
    .option('--url <address>', 'the server (saved from the login; INSULA_URL)')
    .action((file: string, flags: Flags) => importPrices(shell, file, flags));
}

function collect(one: string, before: string[] = []): string[] {
  return [...before, one];
}

async function importPrices(shell: Shell, file: string, flags: Flags): Promise<void> {
  const { layout, provider: only, validFrom, note, dryRun = false } = flags;
  if (layout !== undefined && !LAYOUTS.includes(layout))
    throw new UsageError(`--layout is ${LAYOUTS.join(' or ')}, not "${layout}".`);
  const format = formatFor(shell, flags.output);
  const read = readPriceFile(file === '-' ? await readAll(shell.stdin) : readText(file), layout);
  const prices = read.prices
    .filter(({ provider }) => !only || only.includes(provider))
    .map((price) => (validFrom === undefined ? price : { valid_from: validFrom, ...price }));
  for (const words of read.leftOut) shell.stderr.write(`Left out: ${words}.\n`);
  if (prices.length === 0) throw new UsageError('There is no price in the file that could be published.');
  const account = openAccount(shell, { url: flags.url, home: true });
  const body = { prices, dry_run: dryRun, ...(note === undefined ? {} : { note }) };
  if (flags.organization === undefined)
    return writeResult(shell, await account.insula.platformPrices.publish(body), format);
  const organization_id = await resolveId(account, 'organization_id', {
    organization_id: flags.organization,
  });
  writeResult(shell, await account.insula.platformPrices.override({ organization_id, ...body }), format);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
