// The API on paper: every endpoint, field, permission and error of Insula.
export { type EndpointMeta, endpoint } from './endpoint.ts';
export { commonProblems, problem } from './errors.ts';
export {
  fixedRoles,
  type KeyScope,
  keyScopes,
  type OrganizationPermission,
  organizationPermissions,
  type Permission,
  permissionsOfScopes,
  platformPermissions,
  workspaceRoles,
} from './permissions.ts';
export { Problem, type ProblemDefinition, type ProblemFacts, problemsOf } from './problem.ts';

import { agents } from './agents.ts';
import { apiKeys } from './api-keys.ts';
import { credentials, openaiSurface, organizationCredentials, providers, usage } from './gateway.ts';
import { encryptionKeys, events, platformEvents, trailExports } from './governance.ts';
import { auth, sessions } from './identity.ts';
import { invitations } from './invitations.ts';
import { members, roles, workspaceMembers } from './members.ts';
import { organizations } from './tenancy.ts';
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
  usage,
  openaiSurface,
};
export type Contract = typeof contract;
