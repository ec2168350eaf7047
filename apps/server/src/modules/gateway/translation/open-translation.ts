// A call to a provider that speaks another protocol than its caller: understood, fitted, and ready to be made.
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { decoders } from '../decoding/index.ts';
import { encoders } from '../encoding/index.ts';
import type { Call, RelayLimits, Way } from '../relay/create-relay.ts';
import { failureOf } from '../relay/failure-of.ts';
import { worstOf } from '../relay/prepare-request.ts';
import { type Ask, AskError } from '../relay/read-ask.ts';
import type { Wire } from '../wires/index.ts';
import { exchangeParts } from './exchange-parts.ts';
import { fitOptions } from './fit-options.ts';

export type TranslationDeps = {
  /** Opens a model of the AI SDK for a target, with the target's credential; throws when it cannot. */
  openModel(target: Call['target']): LanguageModelV4;
  limits: RelayLimits;
};

/** Prepares the call; throws AskError when something in it cannot be carried. */
export async function openTranslation(
  deps: TranslationDeps,
  call: Call,
  { ask, wire }: { ask: Ask; wire: Wire },
): Promise<Way> {
  const { target, surface } = call;
  const [decode, encoder] = [decoders[surface], encoders[surface]];
  if (!decode || !encoder) throw untranslatable(wire, target.provider);
  const json = call.defaults ? { ...call.defaults, ...ask.json } : ask.json;
  const options = decode(json);
  const opened = deps.openModel(target);
  const model = call.wrapModel?.(opened) ?? opened;
  await fitOptions(options, model, target.dialect ?? 'openai');
  const heading = {
    id: call.id.replaceAll('-', ''),
    model: target.upstream_model,
    createdAtMs: Date.now(),
    asked: ask.json,
  };
  const { id, signal } = call;
  const bodyBytes = ask.bytes.length;
  const request = {
    model,
    options,
    encoder,
    heading,
    id,
    stream: ask.stream,
    bodyBytes,
    signal,
    ...deps.limits,
  };
  return {
    worst: worstOf(bodyBytes, json, wire.limits),
    bodyBytes,
    exchange: (response) => exchangeParts(request, response),
  };
}

function untranslatable({ path }: Wire, provider: string): AskError {
  const message = `Models of the provider "${provider}" cannot be called at ${path}. Use another address, or another model.`;
  return new AskError(failureOf('not_translatable', { message }));
}
