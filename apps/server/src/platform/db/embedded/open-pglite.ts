// Opens the PostgreSQL that runs inside this process (PGlite, with pgvector): in memory, or in a folder.
// Guarantees: a first start that was interrupted begins again from nothing; a template that cannot be loaded is left aside.
import { randomUUID } from 'node:crypto';
import { existsSync, openAsBlob } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';

/** The version inside PGlite; it writes it into every folder it makes. */
const POSTGRES_MAJOR = '18';

export interface OpenedPglite {
  db: PGlite;
  /** Whether the database was made from the template just now. */
  fromTemplate: boolean;
}

/** A WebAssembly.Module, which has no type here. */
export type CompiledProgram = object;

export interface PgliteSource {
  /** 'memory' for none. */
  folder: string;
  /** A file that fills an empty database, if it exists. */
  template?: string | undefined;
  /** The program of PGlite, where it has been compiled before. */
  postgres?: CompiledProgram;
}

/** Opens a database; an empty one is filled from the template. */
export async function openPglite(source: PgliteSource): Promise<OpenedPglite> {
  const { folder } = source;
  const program = source.postgres ? { pgliteWasmModule: source.postgres } : {};
  const make = (dataDir: string) => makeDatabase(dataDir, source.template, program);
  if (folder === 'memory') return make('memory://');
  const unfinished = `${folder}.unfinished`;
  if (existsSync(unfinished)) await rm(folder, { recursive: true, force: true });
  if (existsSync(`${folder}/PG_VERSION`)) {
    await checkVersion(folder);
    return { db: await create(folder, program), fromTemplate: false };
  }
  await writeFile(unfinished, '');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700); // PGlite makes its files readable for all: the folder is what keeps others out
  const opened = await make(folder);
  await rm(unfinished);
  return opened;
}

async function checkVersion(folder: string): Promise<void> {
  const found = (await readFile(`${folder}/PG_VERSION`, 'utf8')).trim();
  if (found === POSTGRES_MAJOR) return;
  throw new Error(
    `The database in ${folder} was made by PostgreSQL ${found}, and this version of the product needs ${POSTGRES_MAJOR}. ` +
      'Export it with the version that made it, and import it here.',
  );
}

/** Writes all there is into a template file; two writers of one file do not disturb each other. */
export async function dumpPglite(db: PGlite, path: string): Promise<void> {
  await db.exec('checkpoint'); // or loading it would begin with a recovery
  const tar = await db.dumpDataDir('none');
  const written = `${path}.${randomUUID()}.part`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(written, tar.stream());
  await rename(written, path);
}

const create = (dataDir: string, options: PGliteOptions) =>
  PGlite.create({ dataDir, extensions: { vector }, ...options });

async function makeDatabase(
  dataDir: string,
  template: string | undefined,
  program: PGliteOptions,
): Promise<OpenedPglite> {
  if (template && existsSync(template)) {
    try {
      const loadDataDir = await openAsBlob(template);
      return { db: await create(dataDir, { ...program, loadDataDir }), fromTemplate: true };
    } catch {
      // Half a file, or made by another version of PostgreSQL: slower without it, but right.
      if (existsSync(dataDir)) {
        await rm(dataDir, { recursive: true });
        await mkdir(dataDir, { mode: 0o700 });
      }
    }
  }
  return { db: await create(dataDir, program), fromTemplate: false };
}
