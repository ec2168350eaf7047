// Asking a provider which models it has: also the test of a credential, because it needs the key and costs nothing.
import type { Egress } from '../../../platform/egress/index.ts';
import type { Connection } from './connect-provider.ts';
import { findModelList, type ModelList } from './find-model-list.ts';

/** `models` is null when the key works but the list does not say what can be called (Azure's deployments). */
export type ModelsAnswer = { ok: true; models: string[] | null } | { ok: false; reason: string };

const NAMES_MAX = 2_000;
const NAME_MAX = 200;

/** Reads the provider's own list of models within `timeoutMs`; at most 2,000 names. Says in words what went wrong. */
export async function readModels(
  egress: Pick<Egress, 'fetch'>,
  connection: Connection,
  timeoutMs = 10_000,
): Promise<ModelsAnswer> {
  const list = findModelList(connection);
  const main = await readList(egress, list, timeoutMs);
  if (!main.ok || !list.also) return main;
  const also = await readList(egress, list.also, timeoutMs);
  return also.ok ? { ok: true, models: joined(main.models ?? [], also.models ?? []) } : main;
}

async function readList(
  egress: Pick<Egress, 'fetch'>,
  list: ModelList,
  timeoutMs: number,
): Promise<ModelsAnswer> {
  const { url, headers, hint } = list;
  const where = `${url.origin}${url.pathname}`;
  try {
    const answer = await egress.fetch(url, {
      headers: { accept: 'application/json', ...headers },
      timeoutMs,
      maxBytes: 4_194_304,
      maxRedirects: 0,
    });
    const text = answer.body.toString('utf8');
    if (
      answer.status === 401 ||
      answer.status === 403 ||
      (answer.status === 400 && /API_KEY_INVALID/.test(text))
    )
      return { ok: false, reason: `it answered ${answer.status}: the key is not accepted.` };
    if (answer.status >= 300) return { ok: false, reason: `${where} answered ${answer.status}.` };
    const names = list.namesIn(parse(text));
    if (names === null) return { ok: true, models: null };
    return names
      ? { ok: true, models: joined(names, []) }
      : { ok: false, reason: `${where} did not answer with a list of models. ${hint}` };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

function joined(some: readonly unknown[], more: readonly unknown[]): string[] {
  const names = [...some, ...more].filter(
    (name): name is string =>
      typeof name === 'string' && name !== '' && name.length <= NAME_MAX && !name.includes('\0'),
  );
  return [...new Set(names)].slice(0, NAMES_MAX);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
