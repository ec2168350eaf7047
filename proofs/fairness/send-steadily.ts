// Calls at a fixed rate, whatever the server does: a slow answer does not make the next call later.
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';

export type Steady = { url: string; key: string; aSecond: number; forMs: number };
export type Sent = { latenciesMs: number[]; sent: number; refused: number; failed: number };

const agent = new Agent({ connections: 256 });

/** Sends calls evenly for a while; latencies are of the calls that were answered, from the moment each was due. */
export async function sendSteadily({ url, key, aSecond, forMs }: Steady): Promise<Sent> {
  const sent: Sent = { latenciesMs: [], sent: 0, refused: 0, failed: 0 };
  const startedAt = performance.now();
  const calls: Promise<void>[] = [];
  for (let at = 0; (at * 1_000) / aSecond < forMs; at++) {
    const dueAt = startedAt + (at * 1_000) / aSecond;
    const waitMs = dueAt - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    sent.sent++;
    calls.push(sendOne({ url, key, dueAt: Math.max(dueAt, performance.now()) }, sent));
  }
  await Promise.all(calls);
  return sent;
}

async function sendOne(call: { url: string; key: string; dueAt: number }, sent: Sent): Promise<void> {
  try {
    const { statusCode, body } = await request(`${call.url}/v1/chat/completions`, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${call.key}` },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Salve' }] }),
    });
    await body.text();
    if (statusCode === 200) sent.latenciesMs.push(performance.now() - call.dueAt);
    else if (statusCode === 429) sent.refused++;
    else sent.failed++;
  } catch {
    sent.failed++;
  }
}
