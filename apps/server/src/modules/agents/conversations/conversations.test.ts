import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openPeopleGround,
  outcomeOf,
  type PeopleGround,
  type TestOrganization,
} from '../../../../test/open-people-ground.ts';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { attachText, detachText, listAttachments } from '../attachments/attach-text.ts';
import { exportConversation } from '../messages/export-conversation.ts';
import { listMessages } from '../messages/list-messages.ts';
import { rateMessage } from '../messages/rate-message.ts';
import { addMessages, type NewMessage } from '../messages/store.ts';
import { openLink, openPublicLink } from '../sharing/open-link.ts';
import { listShares, removeShare, shareConversation } from '../sharing/share-conversation.ts';
import { changeConversation, removeConversation } from './change-conversation.ts';
import { createConversation } from './create-conversation.ts';
import { getConversation, listConversations } from './list-conversations.ts';
import { shelfOf } from './shelf-of.ts';
import { findConversation, updateConversation } from './store.ts';

let ground: PeopleGround;
let home: TestOrganization;
let ann: Actor;
let boss: Actor;
let workspace_id: string;
const deps = () => ground.app.agents.deps;
beforeAll(async () => {
  ground = await openPeopleGround();
  home = await ground.newOrganization();
  workspace_id = home.workspaceId;
  ann = await (await home.add('user')).actor();
  boss = await (await home.add('admin')).actor();
});
afterAll(() => ground?.close());

let clock = Date.now();
const say = (role: 'user' | 'assistant', text: string, parent_id: string): NewMessage => ({
  ...{ id: newId(clock++), parent_id, role, text, parts: [{ type: 'text', text }], status: 'done' },
  ...{ agent_id: null, agent_version: null, model: null },
});

/** A conversation of `actor` in which `texts` were said in turns; answers its address and the ids of the messages. */
async function talk(actor: Actor, texts: string[], more: { title?: string } = {}) {
  const made = await createConversation(deps(), actor, { workspace_id, ...more });
  const rows: NewMessage[] = [];
  for (const [i, text] of texts.entries())
    rows.push(say(i % 2 ? 'assistant' : 'user', text, rows.at(-1)?.id ?? made.id));
  await deps().db.as(actor, async (tx) => {
    const at = shelfOf(actor, workspace_id);
    const of = (await findConversation(tx, at, made.id))!;
    for (let i = 0; i < rows.length; i += 500) await addMessages(tx, of, rows.slice(i, i + 500));
    if (rows.length === 0) return;
    const last = rows.at(-1)!.id;
    const change = { active_message_id: last, activity_id: last, added: rows.length };
    await updateConversation(tx, { ...at, id: made.id }, change);
  });
  return { at: { workspace_id, conversation_id: made.id }, ids: rows.map(({ id }) => id), made };
}

describe('a conversation', () => {
  it('is seen by its owner alone: not by an administrator, not by another organization', async () => {
    const { at, ids } = await talk(ann, ['secret plan', 'noted']);
    const stranger = await (await (await ground.newOrganization()).add('admin')).actor();
    const message_id = ids[1]!;
    for (const other of [boss, stranger]) {
      const attempts = [
        getConversation(deps(), other, { ...at, limit: 50 }),
        listMessages(deps(), other, { ...at, limit: 50, leaf: message_id }),
        changeConversation(deps(), other, { ...at, title: 'Mine' }),
        rateMessage(deps(), other, { ...at, message_id, rating: 'up', reason: null, satisfaction: null }),
        exportConversation(deps(), other, { ...at, format: 'json' }),
        attachText(deps(), other, { ...at, name: 'a', media_type: 'text/plain', text: 'a' }),
        listAttachments(deps(), other, { ...at, limit: 20 }),
        shareConversation(deps(), other, { ...at, audience: 'organization', expires_in_hours: 1 }),
        removeConversation(deps(), other, at),
      ];
      const outcomes = await Promise.all(attempts.map(outcomeOf));
      expect(outcomes).toEqual(attempts.map(() => 'conversation_not_found'));
    }
    const page = await listConversations(deps(), boss, { workspace_id, limit: 100, query: 'secret' });
    expect(page.data).toEqual([]);
    expect((await getConversation(deps(), ann, { ...at, limit: 50 })).messages.data).toHaveLength(2);
  });

  it('is found by words of its title or its messages, all of them, whatever they mean to a pattern', async () => {
    const eve = await (await home.add('user')).actor();
    const one = await talk(eve, ['How high is the Lighthouse?', '100% of 140 m'], { title: 'Heights' });
    await talk(eve, ['What is a harbour?', 'A place for ships'], { title: 'Places' });
    const find = async (query: string) =>
      (await listConversations(deps(), eve, { workspace_id, limit: 20, query })).data.map(({ id }) => id);
    expect(await find('lighthouse heights')).toEqual([one.made.id]);
    expect(await find('lighthouse harbour')).toEqual([]);
    expect(await find('100%')).toEqual([one.made.id]);
    expect(await find('1_0')).toEqual([]);
  });

  it('is listed by its latest activity, page by page, without a gap or a double', async () => {
    const eve = await (await home.add('user')).actor();
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.push((await talk(eve, [`n${i}`])).made.id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listConversations(deps(), eve, { workspace_id, limit: 2, cursor });
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(made.toReversed());
  });

  it('is a tree: branches are siblings, and any of them can be shown', async () => {
    const { at, ids } = await talk(ann, ['q', 'a1', 'q2', 'a2']);
    const other = say('assistant', 'another a1', ids[0]!);
    await deps().db.as(ann, async (tx) => {
      const of = (await findConversation(tx, shelfOf(ann, workspace_id), at.conversation_id))!;
      await addMessages(tx, of, [other]);
    });
    await changeConversation(deps(), ann, { ...at, active_message_id: other.id });
    const { messages } = await getConversation(deps(), ann, { ...at, limit: 50 });
    expect(messages.data.map(({ id }) => id)).toEqual([other.id, ids[0]]);
    expect(messages.data[0]!.siblings).toEqual([ids[1], other.id]);
    expect(messages.data[1]!.parent_id).toBeNull();
    const branch = await listMessages(deps(), ann, { ...at, limit: 50, leaf: ids[3]! });
    expect(branch.data.map(({ id }) => id)).toEqual(ids.toReversed());
    const elsewhere = await talk(ann, ['q']);
    const foreign = changeConversation(deps(), ann, { ...at, active_message_id: elsewhere.ids[0] });
    expect(await outcomeOf(foreign)).toBe('message_not_found');
    expect((await listMessages(deps(), ann, { ...at, limit: 50, leaf: elsewhere.ids[0]! })).data).toEqual([]);
  });

  it('of 2,000 messages opens in less than 200 ms, and is read to its beginning', async () => {
    const texts = Array.from({ length: 2_000 }, (_, i) => `message ${i} ${'lorem ipsum '.repeat(20)}`);
    const { at } = await talk(ann, texts);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const startedAt = performance.now();
      const opened = await getConversation(deps(), ann, { ...at, limit: 100 });
      times.push(performance.now() - startedAt);
      expect(opened.messages.data).toHaveLength(100);
    }
    console.log(`opened in ${times.map((ms) => ms.toFixed(1)).join(', ')} ms`);
    expect(Math.min(...times)).toBeLessThan(200);
    let seen = 0;
    let cursor: string | undefined;
    do {
      const page = await listMessages(deps(), ann, { ...at, limit: 100, cursor });
      seen += page.data.length;
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    expect(seen).toBe(2_000);
  });

  it('is exported whole: the shown branch as Markdown, all branches as JSON', async () => {
    const { at, ids } = await talk(ann, ['What?', 'That.'], { title: 'A talk' });
    const text = await exportConversation(deps(), ann, { ...at, format: 'markdown' });
    expect(text).toMatchObject({ file_name: 'a-talk.md', is_cut: false });
    expect(text.content.indexOf('What?')).toBeLessThan(text.content.indexOf('That.'));
    const json = JSON.parse((await exportConversation(deps(), ann, { ...at, format: 'json' })).content);
    expect(json.messages.map(({ id }: { id: string }) => id)).toEqual(ids);
  });

  it('takes feedback on answers only, and keeps the last one', async () => {
    const { at, ids } = await talk(ann, ['q', 'a']);
    const rate = (message_id: string, rating: 'up' | 'down') =>
      rateMessage(deps(), ann, { ...at, message_id, rating, reason: 'wrong', satisfaction: 2 });
    expect(await outcomeOf(rate(ids[0]!, 'up'))).toBe('message_not_found');
    await rate(ids[1]!, 'up');
    const rated = await rate(ids[1]!, 'down');
    expect(rated.feedback).toMatchObject({ rating: 'down', reason: 'wrong', satisfaction: 2 });
  });

  it('holds text files, which go with it', async () => {
    const { at } = await talk(ann, ['q']);
    const file = await attachText(deps(), ann, { ...at, name: 'a.txt', media_type: 'text/plain', text: 'é' });
    expect(file.bytes).toBe(2);
    expect((await listAttachments(deps(), ann, { ...at, limit: 20 })).data).toEqual([file]);
    const away = () => detachText(deps(), ann, { ...at, attachment_id: file.id });
    expect(await outcomeOf(away())).toBe('done');
    expect(await outcomeOf(away())).toBe('attachment_not_found');
    await removeConversation(deps(), ann, at);
    const left = await home.rows(
      'select 1 from messages where organization_id = $1 and conversation_id = $2',
      at.conversation_id,
    );
    expect(left).toEqual([]);
  });

  it('belongs to one session of one user of one asker', async () => {
    const begin = (actor: Actor, user?: string) =>
      outcomeOf(createConversation(deps(), actor, { workspace_id, session_id: 's1', user }));
    expect(await begin(ann)).toBe('done');
    expect(await begin(ann)).toBe('conversation_session_taken');
    expect(await begin(ann, 'u1')).toBe('done');
    expect(await begin(boss)).toBe('done');
  });

  it('of an API key goes on under the key that replaces it', async () => {
    const admin = await home.add('admin');
    const keyId = await home.addKey(admin, workspace_id);
    const key: Actor = { ...ann, kind: 'api_key', id: keyId, workspaces: [workspace_id] };
    const { at } = await talk(key, ['q']);
    const next = newId();
    await deps().db.as(boss, (tx) =>
      deps().events.announce(tx, boss, {
        ...{ type: 'api_key.rotated', subject_type: 'api_key', subject_id: keyId, workspace_id },
        details: { replaced_by: next },
      }),
    );
    expect(await outcomeOf(getConversation(deps(), key, { ...at, limit: 1 }))).toBe('conversation_not_found');
    expect(await outcomeOf(getConversation(deps(), { ...key, id: next }, { ...at, limit: 1 }))).toBe('done');
  });

  it('leaves nothing of what was said in the trail', async () => {
    const { at } = await talk(ann, ['the word is xyzzy'], { title: 'xyzzy' });
    await changeConversation(deps(), ann, { ...at, title: 'plugh' });
    const rows = await home.rows<{ text: string }>(
      'select e::text as text from events e where organization_id = $1 and subject_id = $2',
      at.conversation_id,
    );
    expect(rows.length).toBe(2);
    for (const { text } of rows) expect(text).not.toMatch(/xyzzy|plugh/);
  });
});

describe('a link to a conversation', () => {
  const share = async (audience: 'organization' | 'public', actor = boss) => {
    const { at, ids, made } = await talk(actor, ['q', 'a']);
    const link = await shareConversation(deps(), actor, { ...at, audience, expires_in_hours: 1 });
    return { at, ids, link, token: link.url.split('#token=')[1]!, made };
  };
  const anybody = { ...{ kind: 'anonymous' as const, id: null, name: '', organization_id: newId() } };
  const nobody: Actor = { ...anybody, workspaces: [], permissions: new Set(), ip: '192.0.2.1' };

  it('shows people of the organization who see the workspace what was said until then, in words only', async () => {
    const { at, ids, token } = await share('organization');
    await deps().db.as(boss, async (tx) => {
      const of = (await findConversation(tx, shelfOf(boss, workspace_id), at.conversation_id))!;
      await addMessages(tx, of, [say('user', 'later', ids[1]!)]);
    });
    const seen = await openLink(deps(), ann, { token });
    expect(seen.messages.map(({ text }) => text)).toEqual(['q', 'a']);
    const guest = await (await home.add('guest')).actor();
    const stranger = await (await (await ground.newOrganization()).add('admin')).actor();
    for (const other of [guest, stranger])
      expect(await outcomeOf(openLink(deps(), other, { token }))).toBe('share_not_found');
    expect(await outcomeOf(openPublicLink(deps(), nobody, { token }))).toBe('share_not_found');
  });

  it('is public only by those who may write the workspace', async () => {
    expect(await outcomeOf(share('public', ann))).toBe('forbidden');
    const { token } = await share('public');
    expect((await openPublicLink(deps(), nobody, { token })).messages).toHaveLength(2);
    expect((await openLink(deps(), ann, { token })).messages).toHaveLength(2);
  });

  it('leads nowhere once it is withdrawn, has expired, or is any other text', async () => {
    const { at, link, token } = await share('public');
    const late = { ...deps(), clock: { now: () => Date.now() + 3_600_001 } };
    expect(await outcomeOf(openPublicLink(late, nobody, { token }))).toBe('share_not_found');
    for (const other of ['x', `${token}x`, token.slice(0, -1), `${token.slice(0, -1)}-`])
      expect(await outcomeOf(openPublicLink(deps(), nobody, { token: other }))).toBe('share_not_found');
    expect((await listShares(deps(), boss, { ...at, limit: 20 })).data).toHaveLength(1);
    await removeShare(deps(), boss, { ...at, share_id: link.id });
    expect(await outcomeOf(openPublicLink(deps(), nobody, { token }))).toBe('share_not_found');
    const kept = await home.rows<{ n: number }>(
      'select count(*)::int as n from conversation_shares s where organization_id = $1 and position($2 in s::text) > 0',
      token,
    );
    expect(kept[0]!.n).toBe(0);
  });
});
