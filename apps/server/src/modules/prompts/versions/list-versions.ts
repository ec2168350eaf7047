// Reading versions, and what differs between two of them.
import { problem } from '@insula/contract';
import { createTwoFilesPatch, structuredPatch } from 'diff';
import type { Actor } from '../../../platform/actor.ts';
import { type PromptVersion, presentVersion } from '../library/present-prompt.ts';
import { requirePrompt, requireVersion } from '../library/require-version.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { listVersions as readVersions } from './store.ts';

type Named = { workspace_id: string; prompt_id: string };
const placeOf = (actor: Actor, { workspace_id: workspaceId, prompt_id: promptId }: Named) => ({
  organizationId: actor.organization_id,
  workspaceId,
  promptId,
});

/** A page of versions, newest first; throws `prompt_not_found`. */
export async function listVersions(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { limit: number; cursor?: string | undefined },
): Promise<{ data: PromptVersion[]; next_cursor: string | null }> {
  const before = input.cursor === undefined ? undefined : numberOf(input.cursor);
  const at = placeOf(actor, input);
  return deps.db.as(actor, async (tx) => {
    await requirePrompt(tx, at);
    const rows = await readVersions(tx, at, { limit: input.limit, before });
    const data = rows.slice(0, input.limit).map(presentVersion);
    const more = rows.length > input.limit;
    return { data, next_cursor: more ? String(data.at(-1)!.number) : null };
  });
}

function numberOf(cursor: string): number {
  if (!/^[1-9]\d{0,8}$/.test(cursor))
    throw problem('invalid_request', { detail: 'cursor: send the next_cursor of an earlier answer.' });
  return Number(cursor);
}

/** One version; throws `prompt_version_not_found`. */
export async function getVersion(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { number: number },
): Promise<PromptVersion> {
  return deps.db.as(actor, async (tx) => {
    const prompt = await requirePrompt(tx, placeOf(actor, input));
    return presentVersion(await requireVersion(tx, prompt, { version: input.number }));
  });
}

/** The unified diff of two versions: words, variables and settings as one text each. */
export async function compareVersions(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { from: number; to: number },
) {
  const { from, to } = input;
  const [older, newer] = await deps.db.as(actor, async (tx) => {
    const prompt = await requirePrompt(tx, placeOf(actor, input));
    const left = await requireVersion(tx, prompt, { version: from });
    return [left, await requireVersion(tx, prompt, { version: to })] as const;
  });
  const [left, right] = [asText(presentVersion(older)), asText(presentVersion(newer))];
  const names = [`version ${from}`, `version ${to}`] as const;
  // Two texts that have little in common would take long to line up; then all of it is shown as changed.
  const options = { context: 3, timeout: 1_000 };
  const patch = structuredPatch(...names, left, right, undefined, undefined, options);
  const unified = createTwoFilesPatch(...names, left, right, undefined, undefined, options);
  const lines = patch?.hunks.flatMap((hunk) => hunk.lines) ?? [...prefix(left, '-'), ...prefix(right, '+')];
  return {
    from,
    to,
    is_equal: left === right,
    unified: unified ?? lines.join('\n'),
    lines_added: lines.filter((line) => line.startsWith('+')).length,
    lines_removed: lines.filter((line) => line.startsWith('-')).length,
  };
}

const prefix = (text: string, sign: string) => text.split('\n').map((line) => sign + line);

/** A version as the text that is compared: what people read comes first. */
function asText({ content, variables, settings }: PromptVersion): string {
  const words =
    typeof content === 'string'
      ? content
      : content.map((message) => `[${message.role}]\n${message.content}`).join('\n\n');
  const further = { variables, settings };
  return `${words}\n\n${JSON.stringify(further, null, 2)}\n`;
}
