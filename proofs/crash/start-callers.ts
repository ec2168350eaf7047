// Callers that do not stop: half of them stream, all offer a tool, and between them they call a model that is relayed, one
// that is translated, and a route that falls back from the one to the other. What a caller saw to its very end counts as answered.
import { Agent, request } from 'undici';

export type Tally = {
  sent: number;
  /** Ledger ids of the calls whose answer arrived whole. */
  answered: Map<string, 'whole' | 'stream'>;
  failed: number;
};
/** What is called: relayed, relayed with a translated one behind it, translated. */
export const MODELS = ['gpt-4o-mini', 'either', 'claude-sonnet-4-5'] as const;

const tools = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
    },
  },
];

export type Callers = { inFlight(): number; stop(): Promise<void> };

/** Starts `count` callers against `url`; `stop` lets each finish the call it is in. */
export function startCallers(options: { url: string; key: string; count: number; tally: Tally }): Callers {
  const { url, key, count, tally } = options;
  const agent = new Agent({ connections: count });
  let isOn = true;
  let inFlight = 0;

  async function callOnce(model: string, isStream: boolean): Promise<void> {
    tally.sent++;
    inFlight++;
    try {
      const { statusCode, headers, body } = await request(`${url}/v1/chat/completions`, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({
          model,
          stream: isStream,
          tools,
          max_tokens: 100,
          messages: [{ role: 'user', content: 'Salve' }],
        }),
      });
      const text = await body.text();
      const isWhole =
        statusCode === 200 && (isStream ? text.trimEnd().endsWith('data: [DONE]') : isJson(text));
      if (isWhole) tally.answered.set(String(headers['x-request-id']), isStream ? 'stream' : 'whole');
      else tally.failed++;
    } catch {
      tally.failed++;
    } finally {
      inFlight--;
    }
  }

  const running = Array.from({ length: count }, async (_, i) => {
    for (let turn = 0; isOn; turn++) await callOnce(MODELS[(i + turn) % MODELS.length]!, i % 2 === 0);
  });
  return {
    inFlight: () => inFlight,
    async stop() {
      isOn = false;
      await Promise.all(running);
      await agent.destroy();
    },
  };
}

function isJson(text: string): boolean {
  try {
    return typeof (JSON.parse(text) as { choices?: unknown }).choices === 'object';
  } catch {
    return false;
  }
}
