// The list of what is not as it should be, each with its reason. It only shrinks: an exception that nothing needs any
// more is an error, and one for a size must be exactly that size.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './tree.ts';

/** One accepted finding: the rule and the path as printed, and for a function or a size its name and amount. */
export interface Exception {
  rule: string;
  path: string;
  name?: string;
  amount?: number;
  reason: string;
}

const file = 'checks/exceptions.json';
const shortestReason = 20;

/** Reads `checks/exceptions.json`; a tree without it has no exceptions. */
export function readExceptions(root: string): Exception[] {
  const path = join(root, file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Exception[]) : [];
}

/** Takes excepted findings out, and adds one for every exception that is stale, too wide or without a reason. */
export function applyExceptions(findings: Finding[], exceptions: Exception[]): Finding[] {
  const remaining = findings.filter((finding) => !exceptions.some((exception) => covers(exception, finding)));
  return [
    ...remaining,
    ...exceptions.flatMap((exception, index) => checkException(exception, index, findings)),
  ];
}

function concerns(exception: Exception, finding: Finding): boolean {
  const sameName = exception.name === undefined || exception.name === finding.name;
  return exception.rule === finding.rule && exception.path === finding.path && sameName;
}

function covers(exception: Exception, finding: Finding): boolean {
  if (!concerns(exception, finding)) return false;
  return finding.amount === undefined || finding.amount <= (exception.amount ?? 0);
}

function checkException(exception: Exception, index: number, findings: Finding[]): Finding[] {
  const subject = `${exception.rule} in ${exception.path}${exception.name ? ` (${exception.name})` : ''}`;
  const found = (rule: string, message: string): Finding[] => [
    {
      path: file,
      line: 1,
      rule: `exceptions/${rule}`,
      message: `exception ${index + 1}, ${subject}: ${message}`,
    },
  ];
  if ((exception.reason ?? '').length < shortestReason)
    return found('reason', 'say in a sentence why it has to be so');
  const concerned = findings.filter((finding) => concerns(exception, finding));
  if (concerned.length === 0)
    return found('stale', 'nothing breaks this rule any more: remove the exception');
  const largest = Math.max(...concerned.map((finding) => finding.amount ?? 0));
  if (largest === 0 || largest >= (exception.amount ?? 0)) return [];
  return found('shrunk', `it is only ${largest} now: write that as its amount`);
}
