// What must hold for an answer, checked without a model. Patterns are RE2's, so that none takes for ever; a JSON schema brings
// no patterns of its own for the same reason.
import { type assertion, evaluationProblem } from '@insula/contract/evaluations';
import { RE2JS } from 're2js';
import { z } from 'zod';

export type Assertion = z.output<typeof assertion>;
export type Graded = Extract<Assertion, { type: 'model_graded' }>;
export type Checked = {
  answer: string;
  expected: string | null;
  latencyMs: number | null;
  costMicros: number | null;
};
export type Score = { type: string; is_passed: boolean; score: number; reason: string };
type Plain = Exclude<Assertion, Graded>;
type Verdict = { holds: boolean; reason: string };

/** Throws `assertion_invalid` for what could never be checked. */
export function assertCheckable(assertions: readonly Assertion[]): void {
  for (const one of assertions) {
    try {
      if (one.type === 'regex') compile(one);
      if (one.type === 'json_schema') readSchema(one.json_schema);
      if (one.type === 'length' && one.min > one.max) throw new Error('min is above max.');
    } catch (error) {
      const reason = `${one.type}: ${(error as Error).message.slice(0, 300)}`;
      throw evaluationProblem('assertion_invalid', { reason });
    }
  }
}

/** Checks one assertion that needs no model. */
export function checkAssertion(given: Plain, checked: Checked): Score {
  const { holds, reason } = judge(given, checked);
  return { type: given.type, is_passed: holds, score: holds ? 1 : 0, reason: holds ? '' : reason };
}

function judge(given: Plain, { answer, expected, latencyMs, costMicros }: Checked): Verdict {
  switch (given.type) {
    case 'equals':
    case 'contains':
      return compare(given, answer, given.value ?? expected);
    case 'not_contains': {
      const { holds } = compare({ ...given, type: 'contains' }, answer, given.value);
      return { holds: !holds, reason: 'The answer contains it.' };
    }
    case 'regex':
      return { holds: compile(given).matcher(answer).find(), reason: 'The pattern is not in the answer.' };
    case 'json_schema':
      return checkJson(given.json_schema, answer);
    case 'length':
      return {
        holds: answer.length >= given.min && answer.length <= given.max,
        reason: `The answer has ${answer.length} characters.`,
      };
    case 'latency':
      return { holds: latencyMs !== null && latencyMs <= given.max_ms, reason: `It took ${latencyMs} ms.` };
    case 'cost':
      return {
        holds: costMicros !== null && costMicros <= given.max_micros,
        reason: costMicros === null ? 'The price of the call is not known.' : `It cost ${costMicros} micros.`,
      };
  }
}

function compare(
  given: { type: 'equals' | 'contains'; ignore_case: boolean },
  answer: string,
  wanted: string | null,
): Verdict {
  if (wanted === null) return { holds: false, reason: 'Nothing is expected that could be compared.' };
  const fold = (text: string) => (given.ignore_case ? text.trim().toLowerCase() : text.trim());
  const [said, meant] = [fold(answer), fold(wanted)];
  if (given.type === 'equals') return { holds: said === meant, reason: 'The answer is another one.' };
  return { holds: said.includes(meant), reason: 'The answer does not contain it.' };
}

function compile({ pattern, ignore_case }: Extract<Assertion, { type: 'regex' }>): RE2JS {
  return RE2JS.compile(pattern, ignore_case ? RE2JS.CASE_INSENSITIVE : 0);
}

type JsonShape = Parameters<typeof z.fromJSONSchema>[0];

function readSchema(given: Record<string, unknown>): z.ZodType {
  if (hasPattern(given))
    throw new Error('patterns are not taken here: use an assertion of the type "regex".');
  return z.fromJSONSchema(given as JsonShape);
}

function hasPattern(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { pattern, patternProperties } = value as Record<string, unknown>;
  return (
    typeof pattern === 'string' || patternProperties !== undefined || Object.values(value).some(hasPattern)
  );
}

/** Models like to put a fence around JSON; what is inside counts. */
function checkJson(given: Record<string, unknown>, answer: string): Verdict {
  const inside = /^\s*```(?:json)?\s*([\s\S]*?)```\s*$/.exec(answer)?.[1] ?? answer;
  let value: unknown;
  try {
    value = JSON.parse(inside);
  } catch {
    return { holds: false, reason: 'The answer is not JSON.' };
  }
  const read = readSchema(given).safeParse(value);
  const issue = read.error?.issues[0];
  return {
    holds: read.success,
    reason: issue ? `${issue.path.join('.')}: ${issue.message}`.slice(0, 300) : '',
  };
}
