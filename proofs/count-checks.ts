// What a proof found, one line a check; the last line of a proof is `N passed, N failed`.

export type Checks = {
  /** Prints a check with what was seen. */
  check(what: string, holds: boolean, seen: string): void;
  /** Prints the last line, and makes the exit code 1 when something failed. */
  finish(): void;
};

/** Begins to count checks, none of which has been made yet. */
export function countChecks(): Checks {
  const counts = { passed: 0, failed: 0 };
  return {
    check(what, holds, seen) {
      counts[holds ? 'passed' : 'failed']++;
      process.stdout.write(`${holds ? 'ok    ' : 'FAILED'} ${what}: ${seen}\n`);
    },
    finish() {
      process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
      process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
    },
  };
}
