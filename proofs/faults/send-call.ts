// One call through Insula in one of the protocols, and what came of it.
import { type Agent, request } from 'undici';
import { type Answer, judgeAnswer, type Protocol, type Verdict } from './judge-answer.ts';

/** Who calls whom: the caller's protocol, and the provider's. */
export type Lane = { name: string; protocol: Protocol; provider: 'openai' | 'anthropic' | 'google' };

export const lanes: readonly Lane[] = [
  { name: 'chat', protocol: 'chat', provider: 'openai' },
  { name: 'responses', protocol: 'responses', provider: 'openai' },
  { name: 'messages', protocol: 'messages', provider: 'anthropic' },
  { name: 'chat → Anthropic', protocol: 'chat', provider: 'anthropic' },
  { name: 'chat → Google', protocol: 'chat', provider: 'google' },
];

export type Seen = {
  /** The ledger's id of the call; undefined when no answer came at all. */
  id: string | undefined;
  verdict: Verdict;
  status: number;
  lastedMs: number;
  attempt: number;
};

const PATHS = { chat: '/v1/chat/completions', responses: '/v1/responses', messages: '/v1/messages' };
/** No call may take longer, whatever was configured. */
const GIVE_UP_MS = 15_000;

type Wish = { url: string; key: string; agent: Agent; lane: Lane; model: string; isStream: boolean };

/** Makes the call; never throws. */
export async function sendCall({ url, key, agent, lane, model, isStream }: Wish): Promise<Seen> {
  const startedAt = performance.now();
  const lasted = () => performance.now() - startedAt;
  const messages = [{ role: 'user', content: 'Quid est īnsula?' }];
  const asked = lane.protocol === 'responses' ? { input: 'Quid est īnsula?' } : { messages, max_tokens: 100 };
  try {
    const { statusCode, headers, body } = await request(url + PATHS[lane.protocol], {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model, stream: isStream, ...asked }),
      signal: AbortSignal.timeout(GIVE_UP_MS),
    });
    const id = String(headers['x-request-id']);
    const attempt = Number(headers['x-insula-attempt'] ?? 0);
    const answer: Answer = { status: statusCode, type: String(headers['content-type']), text: '' };
    let why: string | undefined;
    try {
      answer.text = await body.text();
    } catch (error) {
      why = `the answer broke off: ${(error as Error).message}`;
    }
    const verdict: Verdict = why ? { ending: 'invalid', why } : judgeAnswer(lane.protocol, answer, isStream);
    return { id, verdict, status: statusCode, lastedMs: lasted(), attempt };
  } catch (error) {
    const why = `no answer: ${(error as Error).message}`;
    return { id: undefined, verdict: { ending: 'invalid', why }, status: 0, lastedMs: lasted(), attempt: 0 };
  }
}
