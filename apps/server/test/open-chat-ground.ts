// The ground that tests of chat stand on: an office with a scripted provider, an agent, and readers of the streams.

import type { OpenAiProvider } from './fakes/openai-provider.ts';
import { type Office, type OfficeGround, openOfficeGround } from './open-office.ts';

export type ChatGround = Awaited<ReturnType<typeof openChatGround>>;
export type Event = { id: number; event: string; data: Record<string, unknown> };
type Row = Record<string, unknown>;

/** Opens the ground: `ask` asks the agent made, `stream` reads plain events as they come. */
export async function openChatGround() {
  const grounds: OfficeGround = await openOfficeGround();
  const provider: OpenAiProvider = await grounds.startProvider();
  const models = ['gpt-4o-mini', 'fake-500', 'fake-silent', 'fake-stall', 'fake-drip'];
  const office: Office = await grounds.openOffice([{ provider, models }]);
  const home = `/v1/workspaces/${office.place.workspaceId}`;
  const make = async (path: string, body: Row): Promise<Row> => {
    const answer = await office.api('POST', `${home}/${path}`, body);
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  };
  const agent = await make('agents', { name: 'Bot', model_name: 'gpt-4o-mini', system_prompt: 'You help.' });
  const fetchAs = (path: string, init: RequestInit = {}) =>
    fetch(`${grounds.url}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${office.token}`,
        ...(init.body ? { 'content-type': 'application/json' } : {}),
        ...(init.headers as Record<string, string>),
      },
    });
  return {
    ...{ ...office, grounds, provider, home, make, agent, agentId: String(agent.id), fetchAs },
    url: grounds.url,
    ask: (body: Row) => office.api('POST', `${home}/chat`, { agent_id: agent.id, ...body }),
    /** Begins a streamed question; events are read one by one. */
    async stream(body: Row): Promise<AsyncGenerator<Event>> {
      const text = JSON.stringify({ agent_id: agent.id, ...body, stream: true });
      const answer = await fetchAs(`${home}/chat`, { method: 'POST', body: text });
      if (answer.status !== 200) throw new Error(await answer.text());
      return readEvents(answer);
    },
    /** The messages of the last request to the provider. */
    lastMessages: () => provider.requests.at(-1)!.body.messages as { role: string; content: string }[],
    close: () => grounds.close(),
  };
}

/** The events of a stream. */
export async function* readEvents(answer: Response): AsyncGenerator<Event> {
  let rest = '';
  for await (const part of answer.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
      );
      if (fields.data)
        yield { id: Number(fields.id), event: fields.event ?? '', data: JSON.parse(fields.data) };
    }
  }
}

/** All events of a stream. */
export async function gather(events: AsyncGenerator<Event>): Promise<Event[]> {
  return Array.fromAsync(events);
}
