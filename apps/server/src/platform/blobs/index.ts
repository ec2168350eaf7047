// Stored files, tenant first.
export { type Blobs, type BlobsOptions, createBlobs, type OrganizationBlobs } from './create-blobs.ts';
export { readBlobsOptions } from './read-blobs-options.ts';
