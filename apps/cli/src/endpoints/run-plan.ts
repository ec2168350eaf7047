// Runs the command of an endpoint: reads what was typed, puts in where the person is, calls, prints.
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CallOptions, type Page, pages } from '@insula/sdk';
import { type Account, openAccount } from '../account/open-account.ts';
import { askSecret, readAll } from '../terminal/ask.ts';
import { type Shell, UsageError } from '../terminal/shell.ts';
import { formatFor, writeResult } from '../terminal/write-result.ts';
import type { Plan } from './plan-command.ts';
import { type Given, readInput, refuseInvalid, refuseMissing, wantsPiped } from './read-input.ts';
import { resolveId } from './resolve-id.ts';

type Call = (input: Given, options: CallOptions) => Promise<unknown>;

/** Calls the endpoint with the flags given and prints the answer; nothing is sent that the contract does not take. */
export async function runPlan(plan: Plan, shell: Shell, given: Given): Promise<void> {
  const account = openAccount(shell, { url: given.url as string | undefined });
  const format = formatFor(shell, given.output as string | undefined);
  const typed = readInput(plan, given, wantsPiped(plan, given) ? await readPiped(shell) : undefined);
  refuseMissing(plan, typed);
  const input = await completeInput(plan, account, typed);
  refuseInvalid(plan, input);
  if (plan.endpoint.meta.protocol === 'text')
    return download(plan, { account, shell, input, file: given.file as string | undefined });
  const { noun, verb } = plan.endpoint;
  const call = (account.insula as unknown as Record<string, Record<string, Call>>)[noun]![verb]!;
  if (given.all) return writeResult(shell, { data: await readRows(call, input) }, format);
  const key = given.idempotencyKey as string | undefined;
  const result = await call(input, key === undefined ? {} : { idempotencyKey: key });
  writeResult(shell, result, format);
  const { next_cursor: next } = result as Partial<Page<unknown>>;
  if (format === 'table' && next) shell.stderr.write(`More: add --cursor ${next}, or --all.\n`);
}

function readPiped(shell: Shell): Promise<string> {
  if (shell.stdin.isTTY) return askSecret(shell, 'Value (not shown): ', 'it');
  return readAll(shell.stdin);
}

/** Puts in where the person is, and ids for slugs. */
async function completeInput(plan: Plan, account: Account, input: Given): Promise<Given> {
  const full = { ...input };
  for (const { name, inPath } of plan.fields) {
    if (!inPath) continue;
    if (full[name] === undefined && name === 'organization_id') full[name] = await account.organizationId();
    if (full[name] === undefined && name === 'workspace_id') full[name] = await account.workspaceId();
    if (full[name] !== undefined) full[name] = await resolveId(account, name, full);
  }
  return full;
}

async function readRows(call: Call, input: Given): Promise<unknown[]> {
  const rows: unknown[] = [];
  const list = (from: Given) => call({ limit: 100, ...from }, {}) as Promise<Page<unknown>>;
  for await (const row of pages(list, input)) rows.push(row);
  return rows;
}

type Download = { account: Account; shell: Shell; input: Given; file: string | undefined };

/** Text is passed on as it comes, however long it is. */
async function download(plan: Plan, { account, shell, input, file }: Download): Promise<void> {
  const used = new Set<string>();
  const path = plan.endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    used.add(name);
    return encodeURIComponent(String(input[name]));
  });
  const rest = Object.entries(input).filter(([name]) => !used.has(name));
  const query = new URLSearchParams(
    Object.fromEntries(rest.map(([name, value]) => [name, String(value)])),
  ).toString();
  const answer = await account.insula.request(query === '' ? path : `${path}?${query}`);
  if (!answer.body) throw new UsageError('The server sent nothing.');
  const body = Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]);
  if (file === undefined) return pipeline(body, shell.stdout, { end: false });
  await pipeline(body, createWriteStream(file, { mode: 0o600 }));
  shell.stderr.write(`Written to ${file}.\n`);
}
