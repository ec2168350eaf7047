// Names of blobs, checked so that a name is exactly one place in the store: nothing climbs out of its organization's
// folder, nothing is hidden, and no two names are one after a store has tidied them.
import { problem } from './problems.ts';

const maxNameLength = 512;
// Each part begins and ends with a letter, digit, dash or underscore: no `.`, `..`, hidden file or dot that is dropped.
const namePattern =
  /^[A-Za-z0-9_-](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?(?:\/[A-Za-z0-9_-](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?)*$/;
const longestPart = /[^/]{201}/;
const organizationPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Throws `blob_name_invalid` unless a name has 1 to 512 characters in parts of at most 200, like `documents/018f….pdf`. */
export function assertBlobName(name: string): void {
  if (name.length > maxNameLength || longestPart.test(name) || !namePattern.test(name)) {
    throw problem('blob_name_invalid');
  }
}

/** The folder of an organization; throws on what is no lower-case UUID. */
export function folderOf(organizationId: string): string {
  if (!organizationPattern.test(organizationId)) {
    throw new TypeError('Blobs belong to an organization, named by its id.');
  }
  return `organizations/${organizationId}`;
}
