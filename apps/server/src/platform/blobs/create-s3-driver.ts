// Files in a bucket of S3 or of a store that speaks its protocol. S3 shows an object only when all of it has arrived.
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Driver } from 'flydrive/drivers/s3';
import type { BlobDriver } from './create-blobs.ts';

export type S3Options = {
  kind: 's3';
  bucket: string;
  region: string;
  /** For stores other than Amazon's, such as `https://minio.internal:9000`; the bucket then goes into the path. */
  endpoint?: string;
  /** Without these, the usual sources of the AWS client (role of the machine, environment) are used. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
};

/** Opens a bucket as a store; it must exist and needs no public access and no access lists. */
export function createS3Driver(options: S3Options): BlobDriver {
  const { bucket, region, endpoint, credentials } = options;
  const driver = new S3Driver({
    bucket,
    region,
    visibility: 'private',
    supportsACL: false,
    // Stores other than Amazon's know neither buckets as host names nor the newer checksums.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 3,
  });
  // With the slash, or `documents` would mean `documents2` as well; flydrive's Disk would take it away.
  const prefixOf = (folder: string) => `${folder}/`;

  return {
    put: (key, content) =>
      content instanceof Readable
        ? spooled(content, (file) => driver.putStream(key, createReadStream(file)))
        : driver.put(key, content),
    async find(key) {
      try {
        return await driver.getStream(key);
      } catch (error) {
        const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
        if ($metadata?.httpStatusCode === 404) return undefined;
        throw error;
      }
    },
    remove: (key) => driver.delete(key),
    async *list(folder) {
      let paginationToken: string | undefined;
      do {
        const more = paginationToken === undefined ? {} : { paginationToken };
        const page = await driver.listAll(prefixOf(folder), { recursive: true, ...more });
        for (const object of page.objects) if (object.isFile) yield object.key;
        paginationToken = page.paginationToken;
      } while (paginationToken !== undefined);
    },
    removeAll: (folder) => driver.deleteAll(prefixOf(folder)),
  };
}

/** S3 wants to know the length before the first byte, so a stream is kept in a file until it has ended. */
async function spooled(content: Readable, send: (file: string) => Promise<void>): Promise<void> {
  const file = join(tmpdir(), `insula-upload-${randomUUID()}`);
  try {
    await pipeline(content, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    await send(file);
  } finally {
    await rm(file, { force: true });
  }
}
