// Every endpoint of the API in one tree.
import { agents } from './agents.ts';
import { apiKeys } from './api-keys.ts';
import { credentials, openaiSurface, organizationCredentials, providers, usage } from './gateway.ts';
import { encryptionKeys, events, platformEvents, trailExports } from './governance.ts';
import { auth, sessions } from './identity.ts';
import { invitations } from './invitations.ts';
import { members, roles, workspaceMembers } from './members.ts';
import { platformPrices, prices } from './prices.ts';
import { organizations } from './tenancy.ts';
import { usageReviews } from './usage-reviews.ts';
import { workspaces } from './workspaces.ts';

/** Every endpoint of the API, by noun. */
export const contract = {
  organizations,
  workspaces,
  auth,
  sessions,
  apiKeys,
  members,
  workspaceMembers,
  roles,
  invitations,
  agents,
  events,
  platformEvents,
  trailExports,
  encryptionKeys,
  credentials,
  organizationCredentials,
  providers,
  usage: { ...usage, ...usageReviews },
  prices,
  platformPrices,
  openaiSurface,
};
export type Contract = typeof contract;
