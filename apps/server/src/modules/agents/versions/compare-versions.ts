// What differs between two versions of an agent, field by field; longer texts as a unified diff.
import { createTwoFilesPatch } from 'diff';
import type { Actor } from '../../../platform/actor.ts';
import type { AgentDeps } from '../index.ts';
import { readSome, type VersionAt } from './list-versions.ts';
import { fieldsOf } from './record-version.ts';

/** Longest texts that are compared line by line, in characters. */
const TEXT_MAX = 32_000;

/** Compares a version with `against`, or with the one before it; the first is compared with itself. */
export async function compareVersions(
  deps: AgentDeps,
  actor: Actor,
  input: VersionAt & { against?: number | undefined },
) {
  const against = input.against ?? Math.max(1, input.version - 1);
  const [now, then] = await readSome(deps, actor, { ...input, versions: [input.version, against] });
  return {
    version: input.version,
    against,
    data: listDifferences(fieldsOf(then!.fields), fieldsOf(now!.fields)),
  };
}

/** The fields that differ between two sets of fields, in their own order. */
export function listDifferences(before: Record<string, unknown>, after: Record<string, unknown>) {
  return Object.keys(after).flatMap((field) => {
    const [one, other] = [before[field], after[field]];
    if (JSON.stringify(one) === JSON.stringify(other)) return [];
    const diff = isLong(one) && isLong(other) ? createTwoFilesPatch('before', 'after', one, other) : null;
    return [{ field, before: one ?? null, after: other ?? null, diff }];
  });
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\n') && value.length <= TEXT_MAX;
}
