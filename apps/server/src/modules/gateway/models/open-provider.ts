// Which of the AI SDK's providers speaks to which of ours, and with what. Keys are always given, if empty: where one is left
// out, the SDK would take this server's own from the environment (AWS_BEARER_TOKEN_BEDROCK, ANTHROPIC_API_KEY …) and send it
// to an address that a tenant chose.
import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createAzure } from '@ai-sdk/azure';
import { createCohere } from '@ai-sdk/cohere';
import { createGoogle } from '@ai-sdk/google';
import { createMistral } from '@ai-sdk/mistral';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type EmbeddingModelV4, type LanguageModelV4, NoSuchModelError } from '@ai-sdk/provider';
import type { GuardedFetch } from '../../../platform/egress/index.ts';
import { azurePlaceOf, type Connection } from '../providers/connect-provider.ts';

/** The models of one connection. */
export type OpenedProvider = {
  openModel(model: string): LanguageModelV4;
  openEmbeddingModel(model: string): EmbeddingModelV4;
};

type Chat = (model: string) => LanguageModelV4;
type Embed = (model: string) => EmbeddingModelV4;

/** Opens the provider of a connection; every call of its models goes through `fetch`. */
export function openProvider(connection: Connection, fetch: GuardedFetch): OpenedProvider {
  const { provider, secrets, baseUrl: baseURL } = connection;
  const apiKey = secrets.api_key ?? '';
  const given = { baseURL, apiKey, fetch };
  if (provider.id === 'azure') return openAzure(connection, fetch);
  switch (provider.dialect) {
    case 'anthropic':
      return opened(createAnthropic(given).languageModel);
    case 'google': {
      const google = createGoogle(given);
      return inPath(opened(google.languageModel, google.embeddingModel), GOOGLE_NAME);
    }
    case 'cohere': {
      const cohere = createCohere(given);
      return opened(cohere.languageModel, cohere.embeddingModel);
    }
    case 'bedrock':
      return openBedrock(connection, fetch);
  }
  if (provider.id === 'mistral') {
    const mistral = createMistral(given);
    return opened(mistral.chat, mistral.embeddingModel);
  }
  if (provider.id === 'openai') {
    const openai = createOpenAI(given);
    return opened(openai.chat, openai.embeddingModel);
  }
  const compatible = createOpenAICompatible({
    ...given,
    name: provider.id,
    includeUsage: provider.asksUsage,
    supportsStructuredOutputs: true,
  });
  return opened(compatible.chatModel, compatible.embeddingModel);
}

function openBedrock({ secrets, settings, baseUrl }: Connection, fetch: GuardedFetch): OpenedProvider {
  const bedrock = createAmazonBedrock({
    baseURL: baseUrl,
    region: settings.region ?? '',
    apiKey: secrets.api_key ?? '',
    accessKeyId: secrets.access_key_id ?? '',
    secretAccessKey: secrets.secret_access_key ?? '',
    ...(secrets.session_token ? { sessionToken: secrets.session_token } : {}),
    fetch,
  });
  return opened(
    (model) => bedrock.languageModel(model),
    (model) => bedrock.embeddingModel(model),
  );
}

function openAzure(connection: Connection, fetch: GuardedFetch): OpenedProvider {
  const { root, isClassic, query } = azurePlaceOf(connection);
  const azure = createAzure({
    apiKey: connection.secrets.api_key ?? '',
    baseURL: isClassic || query !== '' ? `${root}/openai` : `${root}/openai/v1`,
    apiVersion: connection.settings.api_version ?? 'v1',
    useDeploymentBasedUrls: isClassic,
    fetch,
  });
  return inPath(opened(azure.chat, azure.embeddingModel), AZURE_NAME);
}

function opened(openModel: Chat, openEmbeddingModel?: Embed): OpenedProvider {
  return {
    openModel,
    openEmbeddingModel:
      openEmbeddingModel ??
      ((modelId) => {
        throw new NoSuchModelError({ modelId, modelType: 'embeddingModel' });
      }),
  };
}

const GOOGLE_NAME = /^(models\/|tunedModels\/)?[\w-][\w.-]*$/;
const AZURE_NAME = /^[\w-][\w.-]*$/;

/** A name that becomes a piece of the path must not lead to another one. */
function inPath(provider: OpenedProvider, names: RegExp): OpenedProvider {
  const check = <M>(open: (model: string) => M, modelType: 'languageModel' | 'embeddingModel') => {
    return (modelId: string): M => {
      if (!names.test(modelId)) throw new NoSuchModelError({ modelId, modelType });
      return open(modelId);
    };
  };
  return {
    openModel: check(provider.openModel, 'languageModel'),
    openEmbeddingModel: check(provider.openEmbeddingModel, 'embeddingModel'),
  };
}
