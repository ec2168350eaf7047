// The AI SDK's own chat, as it stands, against the server.
import { AbstractChat, type ChatState, DefaultChatTransport, type UIMessage } from 'ai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ChatGround, openChatGround } from '../../../../test/open-chat-ground.ts';

let ground: ChatGround;
beforeAll(async () => {
  ground = await openChatGround();
});
afterEach(() => ground.provider.forget());
afterAll(() => ground?.close());

/** The state that `useChat` keeps in React, kept in an object. */
class PlainChat extends AbstractChat<UIMessage> {}
function plainState(): ChatState<UIMessage> {
  const state: ChatState<UIMessage> = {
    ...{ status: 'ready', error: undefined, messages: [] },
    pushMessage: (message) => {
      state.messages = [...state.messages, message];
    },
    popMessage: () => {
      state.messages = state.messages.slice(0, -1);
    },
    replaceMessage: (index, message) => {
      state.messages = state.messages.toSpliced(index, 1, structuredClone(message));
    },
    snapshot: (thing) => structuredClone(thing),
  };
  return state;
}
function openChat(agentId = ground.agentId) {
  const transport = new DefaultChatTransport<UIMessage>({
    api: `${ground.url}${ground.home}/agents/${agentId}/chat`,
    headers: { authorization: `Bearer ${ground.token}` },
  });
  return new PlainChat({ state: plainState(), transport });
}
const textOf = (message: UIMessage | undefined) =>
  (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');

describe("the AI SDK's chat", () => {
  it('asks, is answered in a stream, goes on, and asks again', async () => {
    const chat = openChat();
    ground.provider.next({ words: ['Salve, ', 'Livia.'] });
    await chat.sendMessage({ text: 'I am Livia.' });
    expect(chat.error).toBeUndefined();
    expect(textOf(chat.messages.at(-1))).toBe('Salve, Livia.');
    await chat.sendMessage({ text: 'And now?' });
    expect(chat.messages).toHaveLength(4);
    expect(ground.lastMessages().map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    ground.provider.next({ words: ['Otherwise.'] });
    await chat.regenerate();
    expect(textOf(chat.messages.at(-1))).toBe('Otherwise.');
    const list = await ground.api('GET', `${ground.home}/conversations`);
    expect((list.body.data as { session_id: string; message_count: number }[])[0]).toMatchObject({
      session_id: chat.id,
      message_count: 5,
    });
  });

  it('resumes a stream that it lost, and finds none when nothing is written', async () => {
    const chat = openChat();
    ground.provider.next({ words: 'a b c d e f g h'.split(/(?<= )/), pieceBytes: 400, pauseMs: 40 });
    const sending = chat.sendMessage({ text: 'Count' });
    const other = new PlainChat({
      ...{ id: chat.id, state: plainState() },
      transport: (chat as unknown as { transport: DefaultChatTransport<UIMessage> }).transport,
    });
    await new Promise((resolve) => setTimeout(resolve, 250));
    await other.resumeStream();
    await sending;
    expect(textOf(other.messages.at(-1))).toBe('a b c d e f g h');
    expect(other.messages.at(-1)!.id).toBe(chat.messages.at(-1)!.id);
    await other.resumeStream();
    expect(other.error).toBeUndefined();
  });

  it('decides about tools that need an approval', async () => {
    const tool = await ground.make('agent-tools', {
      ...{ name: 'order', kind: 'http', description: 'Orders.' },
      settings: { method: 'POST', url: 'http://127.0.0.1:9/orders', parameters: { type: 'object' } },
    });
    const body = { name: 'Orders', model_name: 'gpt-4o-mini', tool_ids: [tool.id] };
    const chat = openChat(String((await ground.make('agents', body)).id));
    ground.provider.next({ toolCall: { name: 'order', arguments: '{}' } });
    await chat.sendMessage({ text: 'Order it' });
    const part = chat.messages.at(-1)!.parts.find(({ type }) => type === 'dynamic-tool') as {
      state: string;
      approval: { id: string };
    };
    expect(part.state).toBe('approval-requested');
    await chat.addToolApprovalResponse({ id: part.approval.id, approved: false });
    ground.provider.next({ words: ['Not ordered.'] });
    await chat.sendMessage();
    expect(chat.error).toBeUndefined();
    expect(textOf(chat.messages.at(-1))).toBe('Not ordered.');
    expect(chat.messages).toHaveLength(2);
  });

  it('is told of a failure in words', async () => {
    const agent = await ground.make('agents', { name: 'Broken', model_name: 'fake-500' });
    const chat = openChat(String(agent.id));
    await chat.sendMessage({ text: 'Hello' });
    expect(chat.error?.message).toMatch(/\w+ \w+/);
  });
});
