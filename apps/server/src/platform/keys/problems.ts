// The one error of opening what was sealed. It says nothing of why: a reason would help only whoever forges.

/** Ciphertext that cannot be opened here: altered, moved, cut, of another key or no ciphertext at all. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
  readonly code = 'seal_broken';

  constructor() {
    super('A stored secret could not be opened.');
  }
}
