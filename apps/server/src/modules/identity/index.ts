// The menu of identity: accounts, members, sessions, API keys, and the gate that every request passes.

export { addFirstMember } from './accounts/add-first-member.ts';
export { createAccount } from './accounts/create-account.ts';
export { createPlatformAdmin } from './accounts/create-platform-admin.ts';
export { ensureDevelopmentLogin } from './accounts/ensure-development-login.ts';
export { createIdentity } from './create-identity.ts';
export { createGate } from './gate/create-gate.ts';
export { findKeyWorkspace } from './keys/store.ts';
export { seesWorkspace } from './members/store.ts';
export { identityRoutes } from './routes.ts';
