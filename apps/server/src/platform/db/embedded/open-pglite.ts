// Opens the PostgreSQL that runs inside this process (PGlite, with pgvector): in memory, or in a folder.
// Guarantees: a first start that was interrupted begins again from nothing; a template that cannot be loaded is left aside.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';

/** The version inside PGlite; it writes it into every folder it makes. */
const POSTGRES_MAJOR = '18';

export interface OpenedPglite {
  db: PGlite;
  /** Whether the database was made from the template just now. */
  fromTemplate: boolean;
}

/** Opens the database in `folder` ('memory' for none); an empty one is filled from the template file if that exists. */
export async function openPglite(folder: string, template: string | undefined): Promise<OpenedPglite> {
  if (folder === 'memory') return makeDatabase('memory://', template);
  const unfinished = `${folder}.unfinished`;
  if (existsSync(unfinished)) await rm(folder, { recursive: true, force: true });
  if (existsSync(`${folder}/PG_VERSION`)) {
    await checkVersion(folder);
    return { db: await create(folder), fromTemplate: false };
  }
  await writeFile(unfinished, '');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700); // PGlite makes its files readable for all: the folder is what keeps others out
  const opened = await makeDatabase(folder, template);
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
  const packed = await promisify(gzip)(await tar.arrayBuffer(), { level: constants.Z_BEST_SPEED });
  const written = `${path}.${randomUUID()}.part`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(written, packed);
  await rename(written, path);
}

const create = (dataDir: string, options: PGliteOptions = {}) =>
  PGlite.create({ dataDir, extensions: { vector }, ...options });

async function makeDatabase(dataDir: string, template: string | undefined): Promise<OpenedPglite> {
  if (template && existsSync(template)) {
    try {
      const tar = await promisify(gunzip)(await readFile(template));
      return { db: await create(dataDir, { loadDataDir: new Blob([tar]) }), fromTemplate: true };
    } catch {
      // Half a file, or made by another version of PostgreSQL: slower without it, but right.
      if (existsSync(dataDir)) {
        await rm(dataDir, { recursive: true });
        await mkdir(dataDir, { mode: 0o700 });
      }
    }
  }
  return { db: await create(dataDir), fromTemplate: false };
}
