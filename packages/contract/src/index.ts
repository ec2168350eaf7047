// The API on paper: every endpoint, field, permission and error of Insula.
export { type Contract, contract } from './contract.ts';
export { type EndpointMeta, endpoint, isSurface } from './endpoint.ts';
export { edgeProblems, problem } from './errors.ts';
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
