// The options of `npm run bench:gateway`, with defaults that end in under ten minutes once the peers are installed.
import { parseArgs } from 'node:util';

export type Options = {
  /** Measured seconds of a cell, after the warm-up. */
  seconds: number;
  warmupSeconds: number;
  rounds: number;
  connections: number[];
  peers: string[];
  /** Organizations in the second database of the closing section; 0 leaves the section out. */
  organizations: number;
  /** Milliseconds the upstream waits before an answer or each piece of one. */
  delayMs: number;
  redis: boolean;
};

export const PEERS = ['proxy', 'portkey', 'litellm', 'insula', 'insula-nowait'];

export const USAGE = `npm run bench:gateway -- [options]
  --seconds 2.5          measured seconds of a cell
  --warmup 0.5           seconds before them that do not count
  --rounds 3             rounds; the table has their medians
  --connections 1,32,128
  --peers ${PEERS.join(',')}
  --organizations 5000   organizations in the database of the last section; 0 leaves it out
  --delay 0              milliseconds before an answer of the upstream, or before each piece of a stream
  --redis                give Insula the Redis at TEST_REDIS_URL
PostgreSQL is taken from TEST_DATABASE_URL; databases of the run's own are made there and dropped after.`;

function toNumber(text: string, name: string, least: number): number {
  const value = Number(text);
  if (text === '' || !(value >= least)) throw new Error(`--${name} takes a number of at least ${least}`);
  return value;
}

/** Reads the arguments; undefined when help was asked for, throws on an unknown option or a value out of bounds. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '2.5' },
      warmup: { type: 'string', default: '0.5' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '1,32,128' },
      peers: { type: 'string', default: PEERS.join(',') },
      organizations: { type: 'string', default: '5000' },
      delay: { type: 'string', default: '0' },
      redis: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const peers = values.peers.split(',').filter(Boolean);
  const unknown = peers.find((peer) => !PEERS.includes(peer));
  if (unknown) throw new Error(`--peers: there is no "${unknown}"; there are ${PEERS.join(', ')}`);
  return {
    seconds: toNumber(values.seconds, 'seconds', 0.1),
    warmupSeconds: toNumber(values.warmup, 'warmup', 0),
    rounds: Math.trunc(toNumber(values.rounds, 'rounds', 1)),
    connections: values.connections.split(',').map((text) => Math.trunc(toNumber(text, 'connections', 1))),
    peers,
    organizations: Math.trunc(toNumber(values.organizations, 'organizations', 0)),
    delayMs: toNumber(values.delay, 'delay', 0),
    redis: values.redis,
  };
}
