// Parallel calls spread over several servers, and how each ended.
import { type Agent, request } from 'undici';

export type Burst = {
  urls: readonly string[];
  key: string;
  count: number;
  agent: Agent;
  stream?: boolean;
  /** Output tokens asked for; left out, the gateway reserves its own worst case. */
  maxTokens?: number;
  /** Leaves after so many milliseconds. */
  leaveAfterMs?: number;
};
export type Tally = { answered: number; refused: number; failed: number; words: Map<string, number> };

/** Sends the calls at once and waits for all of them. */
export async function sendBurst(burst: Burst): Promise<Tally> {
  const tally: Tally = { answered: 0, refused: 0, failed: 0, words: new Map() };
  const note = (words: string) => tally.words.set(words, (tally.words.get(words) ?? 0) + 1);
  const calls = Array.from({ length: burst.count }, async (_, at) => {
    try {
      const { status, text } = await send(burst, burst.urls[at % burst.urls.length]!);
      if (status === 200) tally.answered++;
      else if (text.includes('"budget_exceeded"')) tally.refused++;
      else {
        tally.failed++;
        note(`${status} ${text.slice(0, 120)}`);
      }
    } catch (error) {
      tally.failed++;
      note((error as Error).name);
    }
  });
  await Promise.all(calls);
  return tally;
}

async function send(burst: Burst, url: string): Promise<{ status: number; text: string }> {
  const { key, agent, stream = false, maxTokens, leaveAfterMs } = burst;
  const { statusCode, body } = await request(`${url}/v1/chat/completions`, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    ...(leaveAfterMs === undefined ? {} : { signal: AbortSignal.timeout(leaveAfterMs) }),
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      stream,
      ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
      messages: [{ role: 'user', content: 'Quid est insula?' }],
    }),
  });
  return { status: statusCode, text: await body.text() };
}
