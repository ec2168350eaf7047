// The ground that tests of providers' models stand on: a scripted provider of one wire, and the opener of our own, which calls
// it over real sockets through the guarded way out.
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { connectProvider, loadModelOpener, type OpenerDeps } from '../src/modules/gateway/index.ts';
import { createEgress } from '../src/platform/egress/index.ts';
import { type ScriptedWire, startScriptedProvider } from './fakes/wires/index.ts';

export type ModelGround = Awaited<ReturnType<typeof openModelGround>>;

/** Names that the SDK knows nothing of, but for Anthropic's: it takes an unknown Claude for one that refuses a temperature. */
const MODELS: Record<string, string> = {
  anthropic: 'claude-sonnet-4-5',
  google: 'gemini-fake',
  bedrock: 'amazon.fake-v1:0',
};

const wide: OpenerDeps['limits'] = {
  maxCallMs: 5_000,
  firstByteMs: 3_000,
  idleMs: 3_000,
  maxResponseBytes: 1_000_000,
};

/** Opens the ground of a wire. */
export async function openModelGround(wire: ScriptedWire) {
  const egress = createEgress({ allowPrivate: { hosts: [], cidrs: [], loopback: true } });
  const provider = await startScriptedProvider(wire);
  const base_url = `${provider.origin}${wire.basePath}`;
  const connection = connectProvider(wire.provider, { ...wire.fields, base_url });
  const createModelOpener = await loadModelOpener();
  const openerOf = (limits: Partial<OpenerDeps['limits']> = {}) =>
    createModelOpener({ dispatcherFor: egress.dispatcherFor, limits: { ...wide, ...limits } });
  const target = { upstream_model: MODELS[wire.provider] ?? 'fake', connection };
  return {
    provider,
    egress,
    connection,
    target,
    openerOf,
    model: (streams: boolean, limits: Partial<OpenerDeps['limits']> = {}) =>
      openerOf(limits).openModel(target, streams),
    async close() {
      await egress.close();
      await provider.stop();
    },
  };
}

/** A question in the AI SDK's form. */
export function question(
  text: string,
  more: Partial<LanguageModelV4CallOptions> = {},
): LanguageModelV4CallOptions {
  return { prompt: [{ role: 'user', content: [{ type: 'text', text }] }], maxOutputTokens: 100, ...more };
}

/** The parts of a stream, to its end; a part `error` is among them. */
export async function partsOf(
  model: LanguageModelV4,
  options: LanguageModelV4CallOptions,
): Promise<LanguageModelV4StreamPart[]> {
  const { stream } = await model.doStream(options);
  const parts: LanguageModelV4StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}
