// Every endpoint of the API in one tree.
import { agentToolsOfWorkspace } from './agent-tools.ts';
import { agentTemplates, agentVersions } from './agent-versions.ts';
import { agents } from './agents.ts';
import { answerCache } from './answer-cache.ts';
import { apiKeys } from './api-keys.ts';
import { budgets } from './budgets.ts';
import { chat, uiChat } from './chat.ts';
import { accessGroups, collectionAccessRights, collectionShares } from './collection-access.ts';
import { collections } from './collections.ts';
import { conversationShares, linkedConversations } from './conversation-shares.ts';
import { conversations } from './conversations.ts';
import { documentFiles, documents } from './documents.ts';
import { embedding } from './embedding.ts';
import { aiSettings, enhancements } from './enhancements.ts';
import { datasets, evaluations, promptGates } from './evaluations.ts';
import { credentials, organizationCredentials, providers, usage } from './gateway.ts';
import { encryptionKeys, events, platformEvents, trailExports } from './governance.ts';
import { graph } from './graph.ts';
import { graphRuns } from './graph-runs.ts';
import { organizationGuardrails, workspaceGuardrails } from './guardrails.ts';
import { auth, sessions } from './identity.ts';
import { invitations } from './invitations.ts';
import { jobResults, jobs } from './jobs.ts';
import { members, roles, workspaceMembers } from './members.ts';
import { modelRoutes, organizationModelRoutes } from './model-routes.ts';
import { comparisons, playgroundShares } from './playground.ts';
import { platformPrices, prices } from './prices.ts';
import { promptLabels, promptTransfers, promptVersions } from './prompt-versions.ts';
import { prompts } from './prompts.ts';
import { ragDocuments } from './rag-documents.ts';
import { requests } from './requests.ts';
import { testQueries, testRuns, testSets } from './retrieval-tests.ts';
import { search } from './search.ts';
import { simpleChat } from './simple-chat.ts';
import { anthropicSurface, openaiSurface } from './surfaces.ts';
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
  documents,
  documentFiles,
  ragDocuments,
  agentVersions,
  agentTemplates,
  agentTools: agentToolsOfWorkspace,
  conversations,
  conversationShares,
  linkedConversations,
  chat,
  uiChat,
  simpleChat,
  embedding,
  events,
  platformEvents,
  trailExports,
  encryptionKeys,
  credentials,
  organizationCredentials,
  providers,
  modelRoutes,
  organizationModelRoutes,
  requests,
  usage: { ...usage, ...usageReviews },
  prices,
  platformPrices,
  budgets,
  openaiSurface,
  anthropicSurface,
  workspaceGuardrails,
  organizationGuardrails,
  answerCache,
  search,
  prompts,
  promptVersions,
  promptLabels,
  promptTransfers,
  enhancements,
  aiSettings,
  comparisons,
  playgroundShares,
  jobs,
  jobResults,
  datasets,
  evaluations,
  promptGates,
  collections,
  accessGroups,
  collectionAccess: collectionAccessRights,
  collectionShares,
  testSets,
  testQueries,
  testRuns,
  graph,
  graphRuns,
};
export type Contract = typeof contract;
