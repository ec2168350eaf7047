// Links to conversations on paper: made by their owner, opened by people of the organization or, public ones, by anybody.
import { z } from 'zod';
import { conversationPath, oneConversation as one } from './conversations.ts';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery } from './fields.ts';

const share = z.object({
  id,
  audience: z.enum(['organization', 'public']),
  message_id: id,
  expires_at: moment,
  created_at: moment,
});
/** What a link shows: words only, neither what tools answered nor where passages came from. */
export const linkedConversation = z.object({
  title: z.string(),
  shared_at: moment,
  expires_at: moment,
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), text: z.string(), created_at: moment })),
  /** True when there was more before the first message shown. */
  is_cut: z.boolean(),
});

const mine = { permission: 'ai:query' } as const;
const tag = 'Conversations';
const removed = z.object({ id, deleted: z.literal(true) });

export const conversationShares = {
  list: endpoint(
    { method: 'GET', path: `${one}/shares`, summary: 'List the links to a conversation', tag },
    mine,
  )
    .input(pageQuery.extend(conversationPath))
    .output(pageOf(share)),
  create: endpoint(
    {
      method: 'POST',
      path: `${one}/shares`,
      summary: 'Make a link to what was said so far; it is shown once. Public ones need workspaces:write',
      tag,
      status: 201,
    },
    mine,
  )
    .input(
      z.strictObject({
        ...conversationPath,
        audience: z.enum(['organization', 'public']).default('organization'),
        expires_in_hours: z.int().min(1).max(8_760).default(168),
      }),
    )
    .output(share.extend({ url: z.url(), token: z.string() })),
  remove: endpoint(
    { method: 'DELETE', path: `${one}/shares/{share_id}`, summary: 'Withdraw a link', tag },
    mine,
  )
    .input(z.strictObject({ ...conversationPath, share_id: id }))
    .output(removed),
};

const secret = z.strictObject({ token: z.string().min(1).max(200) });
export const linkedConversations = {
  open: endpoint(
    {
      method: 'POST',
      path: '/shared-conversations/open',
      summary: 'Read what a link shows, as a person of the organization who sees the workspace',
      tag,
    },
    { signedIn: true },
  )
    .input(secret)
    .output(linkedConversation),
  openPublic: endpoint(
    {
      method: 'POST',
      path: '/shared-conversations/open-public',
      summary: 'Read what a public link shows',
      tag,
    },
    { public: true },
  )
    .input(secret)
    .output(linkedConversation),
};
