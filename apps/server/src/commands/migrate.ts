// `migrate`: brings every cluster up to date, platform and all tenant schemas; `--check` only says what is missing.

import type { Environment } from '../main.ts';
import { readConfig } from '../platform/config.ts';
import { openDatabase } from '../platform/db/open-database.ts';
import { loadKeyMaterial } from '../platform/keys/load-key-material.ts';
import { createLog } from '../platform/log.ts';

/** Migrates, or with `--check` exits with 3 when something is pending. */
export async function migrate(env: Environment, args: string[]): Promise<void> {
  const config = readConfig(env);
  const check = args.includes('--check');
  const { keyring } = loadKeyMaterial(config);
  const opened = await openDatabase({ config, keyring, log: createLog(config.settings.LOG_LEVEL), check });
  for (const report of opened.reports) {
    const list = check ? report.pending : report.applied;
    const words = check ? 'pending' : 'applied';
    process.stdout.write(
      `${report.cluster}: ${list.length} ${words}, ${report.schemas} tenant schemas looked at\n`,
    );
    for (const name of list.slice(0, 50)) process.stdout.write(`  ${name}\n`);
    if (list.length > 50) process.stdout.write(`  … and ${list.length - 50} more\n`);
  }
  await opened.stop();
  if (check && opened.reports.some((report) => report.pending.length > 0)) process.exitCode = 3;
}
