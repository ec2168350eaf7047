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

import { organizations, workspaces } from './tenancy.ts';

/** Every endpoint of the API, by noun. */
export const contract = { organizations, workspaces };
export type Contract = typeof contract;
