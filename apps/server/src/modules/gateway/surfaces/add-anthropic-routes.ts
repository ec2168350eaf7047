// Anthropic's protocol on its own addresses: messages, and the counting of their tokens. Its models are listed at OpenAI's
// address, which both protocols share.
import { contract } from '@insula/contract';
import type { FastifyInstance } from 'fastify';
import type { MountedRoute } from '../../../platform/http/mount-contract.ts';
import type { Gateway } from '../index.ts';
import { addModelCall, openDoor, PREFIXES } from './add-model-call.ts';

/** What the caller's SDK asks of the protocol itself; never a credential. */
const PASSED = ['anthropic-beta'] as const;

/** Adds the routes; returns them for the sweeps. */
export function addAnthropicRoutes(http: FastifyInstance, gateway: Gateway): MountedRoute[] {
  const door = openDoor(gateway);
  const { messages, countTokens } = contract.anthropicSurface;
  return PREFIXES.flatMap((prefix) => {
    const at = { prefix, door, passed: PASSED };
    addModelCall(http, gateway, { ...at, surface: 'messages' });
    addModelCall(http, gateway, { ...at, surface: 'messages.count_tokens' });
    const rowOf = (name: string, path: string, meta: MountedRoute['meta']): MountedRoute => ({
      name: `anthropicSurface.${name}`,
      method: 'POST',
      url: prefix + path,
      meta,
    });
    return [
      rowOf('messages', '/messages', messages['~orpc'].meta),
      rowOf('countTokens', '/messages/count_tokens', countTokens['~orpc'].meta),
    ];
  });
}
