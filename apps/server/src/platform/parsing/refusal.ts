// A refusal as it is thrown inside the thread that reads: a code of the catalogue and its facts, without the catalogue.
import type { parsingProblems } from './problems.ts';

export type RefusalCode = keyof typeof parsingProblems;

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly facts: Record<string, string>;

  constructor(code: RefusalCode, facts: Record<string, string> = {}) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}

/** A refusal of a file that is broken; `reason` is a whole sentence. */
export function unreadable(reason: string): Refusal {
  return new Refusal('document_unreadable', { reason });
}

/** A refusal of a file that is over a limit; `reason` is a whole sentence. */
export function tooLarge(reason: string): Refusal {
  return new Refusal('document_too_large', { reason });
}

/** A refusal of a file that was made to do harm; `reason` is a whole sentence. */
export function suspicious(reason: string): Refusal {
  return new Refusal('document_suspicious', { reason });
}

/** A refusal of a file of another kind: what it is, and what to do instead. */
export function unsupported(what: string, advice: string): Refusal {
  return new Refusal('document_type_unsupported', { what, advice });
}
