// Every provider's wire, for suites that each of them must pass.
import { anthropicWire } from './anthropic-wire.ts';
import { bedrockKeyWire, bedrockWire } from './bedrock-wire.ts';
import { azureWires, customWire, mistralWire, openaiWire } from './chat-wires.ts';
import { cohereWire } from './cohere-wire.ts';
import { googleWire } from './google-wire.ts';
import type { ScriptedWire } from './wire.ts';

export { type Act, type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';
export type { Script, ScriptedWire, WireRequest } from './wire.ts';

export const allWires: readonly ScriptedWire[] = [
  anthropicWire,
  googleWire,
  bedrockWire,
  bedrockKeyWire,
  cohereWire,
  mistralWire,
  ...azureWires,
  openaiWire,
  customWire,
];
