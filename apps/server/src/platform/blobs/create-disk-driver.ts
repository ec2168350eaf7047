// Files on this machine's disk. A file is written aside, brought to the disk and then renamed into place, which a file
// system does in one step: flydrive's own `put` and `move` can leave half a file behind. Its `getBytes` is not used:
// for an empty file it gives 64 KiB of this process's memory.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { Disk } from 'flydrive';
import { FSDriver } from 'flydrive/drivers/fs';
import type { BlobDriver } from './create-blobs.ts';

export type DiskOptions = { kind: 'disk'; folder: string };

/** Opens a folder as a store; what a killed server was writing is removed. */
export function createDiskDriver({ folder }: DiskOptions): BlobDriver {
  const disk = new Disk(new FSDriver({ location: folder, visibility: 'private' }));
  // Only this process writes to the folder: the data folder is locked.
  rmSync(join(folder, 'writing'), { recursive: true, force: true });
  mkdirSync(join(folder, 'writing'), { recursive: true, mode: 0o700 });

  return {
    async put(key, content) {
      const aside = join(folder, 'writing', randomUUID());
      try {
        await writeSynced(aside, content);
        const place = join(folder, key);
        await mkdir(dirname(place), { recursive: true, mode: 0o700 });
        await rename(aside, place);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
    },
    async find(key) {
      if (!(await disk.exists(key))) return undefined;
      const stream = await disk.getStream(key);
      try {
        await once(stream, 'open');
        return stream;
      } catch (error) {
        // Removed since it was seen.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    remove: (key) => disk.delete(key),
    async *list(inside) {
      const { objects } = await disk.listAll(inside, { recursive: true });
      for (const object of objects) if (object.isFile) yield object.key;
    },
    removeAll: (inside) => disk.deleteAll(inside),
  };
}

async function writeSynced(file: string, content: Uint8Array | Readable): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
