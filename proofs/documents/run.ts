// npm run proof:documents -- [FOLDER]: reads every file of a folder (../shared/data/documents without one) and some seventy that
// were made to do harm. Each must give text or a clear refusal within 5 seconds and 256 MB, while the main thread is
// never at work for long. Memory is that of the whole process, against what it was before the file.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createParsing, type Parsing } from '../../apps/server/test/open-parsing.ts';
import { countChecks } from '../count-checks.ts';
import { listHostileFiles } from './hostile-files.ts';
import { watchProcess } from './watch-process.ts';

const SECONDS = 5;
const MEMORY_MB = 256;
const STALL_MS = 100;

const folder = resolve(process.argv[2] ?? '../shared/data/documents');
const { check, finish } = countChecks();
const watch = watchProcess();
const parsing = createParsing({ threads: 1 });

/** Words of a refusal that tell what to do are longer than a code. */
const CLEAR = /^.{30,}[.…]$/s;

async function readOne(name: string, file: Parameters<Parsing['read']>[0]): Promise<void> {
  const begun = performance.now();
  watch.begin();
  let outcome = '';
  let fine = true;
  try {
    const document = await parsing.read(file, { name: name.split('/').at(-1)! });
    const words = document.markdown.slice(0, 50).replace(/\s+/g, ' ');
    outcome = `${document.format}, ${document.chunks.length} pieces, ${document.hidden.length} hidden: ${words}`;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    outcome = `${code}: ${message.slice(0, 150)}`;
    fine = code !== undefined && CLEAR.test(message);
  }
  const ms = Math.round(performance.now() - begun);
  const { memoryMb, stallMs } = watch.end();
  const holds = fine && ms < SECONDS * 1_000 && memoryMb < MEMORY_MB && stallMs < STALL_MS;
  check(name, holds, `${ms} ms, ${memoryMb} MB, stall ${stallMs} ms, ${outcome}`);
}

if (existsSync(folder)) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) await readOne(relative(folder, path), { path });
  }
} else process.stdout.write(`skipped: there is no folder ${folder}\n`);
for (const { name, bytes } of listHostileFiles()) await readOne(name, { bytes });
await parsing.stop();
watch.stop();
finish();
