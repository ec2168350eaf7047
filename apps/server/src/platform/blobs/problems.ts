// What can go wrong with a stored file, in words for the person who asked for it.
import { problemsOf } from '@insula/contract';

export const blobProblems = {
  blob_not_found: { status: 404, message: 'There is no stored file by that name here.' },
  blob_name_invalid: {
    status: 400,
    message:
      'A stored file is named with letters, digits, dots, dashes and underscores, in parts joined by slashes.',
  },
} as const;

/** Problems of stored files. */
export const problem = problemsOf(blobProblems);
