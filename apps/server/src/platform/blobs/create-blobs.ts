// Files too large for the database, one folder an organization. Guarantees: a client reaches its organization's files
// only; a file is there whole or not at all, also when the server is killed while it writes.
import type { Readable } from 'node:stream';
import { assertBlobName, folderOf } from './blob-name.ts';
import { createDiskDriver, type DiskOptions } from './create-disk-driver.ts';
import type { S3Options } from './create-s3-driver.ts';
import { problem } from './problems.ts';

/** What a driver does, by full key. Missing is `undefined` or nothing, never an error. */
export type BlobDriver = {
  put(key: string, content: Uint8Array | Readable): Promise<void>;
  find(key: string): Promise<Readable | undefined>;
  remove(key: string): Promise<void>;
  list(folder: string): AsyncIterable<string>;
  removeAll(folder: string): Promise<void>;
};

/** The files of one organization. Names are like `documents/018f….pdf`; others throw `blob_name_invalid`. */
export type OrganizationBlobs = {
  /** Stores a file, in place of an older one of that name. A stream that fails leaves the older one. */
  put(name: string, content: Uint8Array | Readable): Promise<void>;
  /** The whole file; throws `blob_not_found`. */
  get(name: string): Promise<Buffer>;
  /** The file piece by piece, for what may be large; throws `blob_not_found`. */
  open(name: string): Promise<Readable>;
  /** Removes a file; one that is not there is no error. */
  remove(name: string): Promise<void>;
  /** All names, in no order; with a folder such as `documents`, those inside. */
  list(folder?: string): AsyncIterable<string>;
  /** Removes everything of the organization. */
  removeAll(): Promise<void>;
};

export type Blobs = { for(organizationId: string): OrganizationBlobs };
export type BlobsOptions = DiskOptions | S3Options;

/** Opens the store. The folder is made if it is missing; a bucket is not looked at before it is used. */
export async function createBlobs(options: BlobsOptions): Promise<Blobs> {
  const driver = options.kind === 's3' ? await openS3(options) : createDiskDriver(options);
  return { for: (organizationId) => blobsOf(driver, folderOf(organizationId)) };
}

/** The S3 client is large and loaded by those who use it only. */
async function openS3(options: S3Options): Promise<BlobDriver> {
  const { createS3Driver } = await import('./create-s3-driver.ts');
  return createS3Driver(options);
}

function blobsOf(driver: BlobDriver, root: string): OrganizationBlobs {
  const keyOf = (name: string) => {
    assertBlobName(name);
    return `${root}/${name}`;
  };
  const open = async (name: string) => {
    const found = await driver.find(keyOf(name));
    if (!found) throw problem('blob_not_found');
    return found;
  };
  return {
    put: async (name, content) => driver.put(keyOf(name), content),
    async get(name) {
      const pieces: Buffer[] = [];
      for await (const piece of await open(name)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    open,
    remove: async (name) => driver.remove(keyOf(name)),
    async *list(folder) {
      for await (const key of driver.list(folder === undefined ? root : keyOf(folder))) {
        yield key.slice(root.length + 1);
      }
    },
    removeAll: () => driver.removeAll(root),
  };
}
