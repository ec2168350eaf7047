// Endpoint → verb, for conversations, their messages, files and links.
import type { conversationShares, linkedConversations } from '@insula/contract/conversation-shares';
import type { conversations } from '@insula/contract/conversations';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import { attachText, detachText, listAttachments } from '../attachments/attach-text.ts';
import type { Agents } from '../create-agents.ts';
import { exportConversation } from '../messages/export-conversation.ts';
import { listMessages } from '../messages/list-messages.ts';
import { rateMessage } from '../messages/rate-message.ts';
import { openLink, openPublicLink } from '../sharing/open-link.ts';
import { listShares, removeShare, shareConversation } from '../sharing/share-conversation.ts';
import { changeConversation, removeConversation } from './change-conversation.ts';
import { createConversation } from './create-conversation.ts';
import { getConversation, listConversations } from './list-conversations.ts';

type Endpoints = {
  conversations: typeof conversations;
  conversationShares: typeof conversationShares;
  linkedConversations: typeof linkedConversations;
};

/** The endpoints of conversations. */
export function conversationRoutes({ deps }: Agents): RoutesOf<Endpoints> {
  return {
    conversations: {
      list: (call, input) => listConversations(deps, call.actor, input),
      create: (call, input) => createConversation(deps, call.actor, input),
      get: (call, input) => getConversation(deps, call.actor, input),
      change: (call, input) => changeConversation(deps, call.actor, input),
      remove: (call, input) => removeConversation(deps, call.actor, input),
      messages: (call, input) => listMessages(deps, call.actor, input),
      rate: (call, input) => rateMessage(deps, call.actor, input),
      export: (call, input) => exportConversation(deps, call.actor, input),
      attach: (call, input) => attachText(deps, call.actor, input),
      detach: (call, input) => detachText(deps, call.actor, input),
      attachments: (call, input) => listAttachments(deps, call.actor, input),
    },
    conversationShares: {
      list: (call, input) => listShares(deps, call.actor, input),
      create: (call, input) => shareConversation(deps, call.actor, input),
      remove: (call, input) => removeShare(deps, call.actor, input),
    },
    linkedConversations: {
      open: (call, input) => openLink(deps, call.actor, input),
      openPublic: (call, input) => openPublicLink(deps, call.actor, input),
    },
  };
}
