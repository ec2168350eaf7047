// The upstream itself, without a gateway: what is measured here is subtracted from everything else.
import type { Peer } from './peer.ts';

export const direct: Peer = {
  name: 'direct',
  install: async () => {},
  start: async (bench) => ({
    target: { port: bench.upstreamPort, path: '/v1/chat/completions', headers: {} },
    note: 'the fake provider itself, no gateway',
    authenticates: false,
    stop: async () => {},
  }),
};
