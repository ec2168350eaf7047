// Asking a provider which models it has: also the test of a credential, because it needs the key and costs nothing.
import type { Egress } from '../../../platform/egress/index.ts';
import { findProvider, keyHeaders } from './provider-list.ts';

export type ModelsAnswer = { ok: true; models: string[] } | { ok: false; reason: string };

/** Reads `<base_url>/models` within `timeoutMs`; at most 2,000 names. Says in words what went wrong. */
export async function readModels(
  egress: Egress,
  at: { provider: string; baseUrl: string; key: string | null; timeoutMs?: number },
): Promise<ModelsAnswer> {
  const provider = findProvider(at.provider)!;
  try {
    const answer = await egress.fetch(`${at.baseUrl.replace(/\/+$/, '')}/models`, {
      headers: { accept: 'application/json', ...keyHeaders(provider, at.key) },
      timeoutMs: at.timeoutMs ?? 10_000,
      maxBytes: 4_194_304,
      maxRedirects: 0,
    });
    if (answer.status === 401 || answer.status === 403)
      return { ok: false, reason: `it answered ${answer.status}: the key is not accepted.` };
    if (answer.status >= 300) return { ok: false, reason: `${at.baseUrl}/models answered ${answer.status}.` };
    const models = namesIn(answer.body.toString('utf8'));
    return models
      ? { ok: true, models }
      : {
          ok: false,
          reason: `${at.baseUrl}/models did not answer with a list of models. Does base_url end in /v1?`,
        };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

function namesIn(text: string): string[] | undefined {
  try {
    const { data } = JSON.parse(text) as { data?: unknown };
    if (!Array.isArray(data)) return undefined;
    const names = data
      .map((model: { id?: unknown }) => model?.id)
      .filter(
        (name): name is string => typeof name === 'string' && name.length <= 200 && !name.includes('\0'),
      );
    return [...new Set(names)].slice(0, 2_000);
  } catch {
    return undefined;
  }
}
