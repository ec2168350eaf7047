// Where files lie, by the settings: in a bucket when one is named, in the data folder otherwise.
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { BlobsOptions } from './create-blobs.ts';

/** The options of the store that the settings name. */
export function readBlobsOptions(settings: Config['settings']): BlobsOptions {
  const { S3_BUCKET: bucket, S3_REGION: region, S3_ENDPOINT: endpoint } = settings;
  if (!bucket) return { kind: 'disk', folder: join(settings.DATA_DIR, 'blobs') };
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  const credentials = accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey } } : {};
  return { kind: 's3', bucket, region, ...credentials, ...(endpoint ? { endpoint } : {}) };
}
