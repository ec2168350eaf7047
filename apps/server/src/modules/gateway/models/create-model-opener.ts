// Opens a provider's models for translation, as the AI SDK's models. Guarantees: they call the credential's own origin only,
// within bounds; nothing of this server's environment reaches them; what is opened is kept as long as its connection.
import type { EmbeddingModelV4, LanguageModelV4 } from '@ai-sdk/provider';
import type { Dispatcher } from 'undici';
import { createGuardedFetch } from '../../../platform/egress/index.ts';
import type { Connection } from '../providers/connect-provider.ts';
import { type OpenedProvider, openProvider } from './open-provider.ts';

/** What a model is opened from: a target with its connection. */
export type OpenTarget = { upstream_model: string; connection?: Connection };

export type ModelOpener = {
  /** The model that a target means; `streams` bounds the wait for the first byte as well. Throws NoSuchModelError for a name that could not be one. */
  openModel(target: OpenTarget, streams: boolean): LanguageModelV4;
  /** The embedding model that a target means; throws NoSuchModelError where the provider has none. */
  openEmbeddingModel(target: OpenTarget): EmbeddingModelV4;
};

export type OpenerDeps = {
  dispatcherFor(origin: string): Dispatcher;
  limits: { maxCallMs: number; firstByteMs: number; idleMs: number; maxResponseBytes: number };
};

/** Models kept of one connection: callers can invent names where a provider's list is not known. */
const KEPT_MAX = 200;

type Opened = { whole: OpenedProvider; streamed: OpenedProvider; models: Map<string, object> };

/** Makes the opener; models are kept by connection and name. */
export function createModelOpener({ dispatcherFor, limits }: OpenerDeps): ModelOpener {
  const openedBy = new WeakMap<Connection, Opened>();

  function openedOf(connection: Connection): Opened {
    const found = openedBy.get(connection);
    if (found) return found;
    const { maxCallMs, firstByteMs, idleMs, maxResponseBytes: maxBytes } = limits;
    const { origin } = new URL(connection.baseUrl);
    // A whole answer begins when it is finished: only a stream has a first byte to wait for.
    const within = (first: number) =>
      openProvider(
        connection,
        createGuardedFetch({
          dispatcherFor,
          origin,
          bounds: { maxCallMs, firstByteMs: first, idleMs: first ? idleMs : maxCallMs, maxBytes },
        }),
      );
    const opened = { whole: within(0), streamed: within(firstByteMs), models: new Map() };
    openedBy.set(connection, opened);
    return opened;
  }

  function keep<M extends object>({ models }: Opened, key: string, open: () => M): M {
    const kept = models.get(key) as M | undefined;
    if (kept) return kept;
    const model = open();
    if (models.size >= KEPT_MAX) models.delete(models.keys().next().value!);
    models.set(key, model);
    return model;
  }

  return {
    openModel({ connection, upstream_model }, streams) {
      const opened = openedOf(connectionOf(connection));
      const way = streams ? 'streamed' : 'whole';
      return keep(opened, `${way} ${upstream_model}`, () => opened[way].openModel(upstream_model));
    },
    openEmbeddingModel({ connection, upstream_model }) {
      const opened = openedOf(connectionOf(connection));
      const open = () => opened.whole.openEmbeddingModel(upstream_model);
      return keep(opened, `embedding ${upstream_model}`, open);
    },
  };
}

function connectionOf(connection: Connection | undefined): Connection {
  if (!connection) throw new Error('A target that is translated has a connection.');
  return connection;
}
