// What can be wrong with a message before it is sent.
import { problemsOf } from '@insula/contract';

export const mailProblems = {
  mail_address_invalid: { status: 400, message: 'This is not an e-mail address that can be written to.' },
} as const;

/** Problems of messages. */
export const problem = problemsOf(mailProblems);
