// The menu of the gateway: provider credentials, model calls, and the ledger of what they cost.
export type { Principal } from './admission/require-right.ts';
export type { Answerer, BuiltInAnswer, Citation } from './built-in/open-built-in.ts';
export { createGateway, type Gateway } from './create-gateway.ts';
export type { AgentCall, GatewayDeps } from './gateway-deps.ts';
export { findSettled, sumRuns } from './ledger/index.ts';
export type { OpenerDeps } from './models/create-model-opener.ts';
export { loadModelOpener } from './models/load-model-opener.ts';
export { connectProvider } from './providers/connect-provider.ts';
export { createProviderOffer } from './providers/create-provider-offer.ts';
export { gatewayRoutes } from './routes.ts';
export { listChatModels } from './routing/list-chat-models.ts';
export { type Quote, quoteModel } from './routing/quote-model.ts';
export { type CallWish, type Completed, completeCall, streamCall } from './serve/complete-call.ts';
export { type EmbeddedTexts, type EmbedWish, embedCall } from './serve/embed-call.ts';
export { addAnthropicRoutes } from './surfaces/add-anthropic-routes.ts';
export { addOpenAiRoutes } from './surfaces/add-openai-routes.ts';
export { saySurfaceError } from './surfaces/say-surface-error.ts';
