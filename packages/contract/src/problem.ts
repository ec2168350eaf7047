// Errors as values of the contract: a catalogue beside each module's endpoints says code, status and words in one line.

/** One entry of a catalogue: the HTTP status and the words for the person; `{name}` is filled from the problem's facts. */
export type ProblemDefinition = { status: number; message: string };

/** Facts a problem carries to the client beside its words; never secrets, never another tenant's existence. */
export type ProblemFacts = Record<string, unknown>;

/** An error that a person caused and can mend; anything else is a fault of ours and answered as `internal`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  readonly status: number;
  readonly facts: ProblemFacts;

  constructor(
    code: string,
    definition: ProblemDefinition,
    options: { facts?: ProblemFacts; cause?: unknown } = {},
  ) {
    const facts = options.facts ?? {};
    super(
      fillWords(definition.message, facts),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.status = definition.status;
    this.facts = facts;
  }
}

function fillWords(message: string, facts: ProblemFacts): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in facts ? String(facts[name]) : whole,
  );
}

/** Turns a catalogue into the function that throws from it: `const problem = problemsOf(catalogue); throw problem('key_not_found', { id })`. */
export function problemsOf<C extends Record<string, ProblemDefinition>>(catalogue: C) {
  return (code: keyof C & string, facts: ProblemFacts = {}, cause?: unknown): Problem =>
    new Problem(
      code,
      catalogue[code] as ProblemDefinition,
      cause === undefined ? { facts } : { facts, cause },
    );
}
