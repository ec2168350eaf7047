// The one way out: every connection to an address that a tenant can influence is opened here. Guarantees: no address
// outside the public internet unless the operator opened it, the address judged is the address connected to, nothing
// is taken from proxy variables of the environment, and the number of kept origins is bounded.
import dns from 'node:dns';
import { LRUCache } from 'lru-cache';
import { type Dispatcher, Pool } from 'undici';
import { type AllowPrivate, createPolicy } from './create-policy.ts';
import { type EgressAnswer, type EgressRequest, followRedirects } from './follow-redirects.ts';
import { guardConnections, judgeHost, type Lookup } from './guard-connections.ts';
import { problem } from './problems.ts';
import { hostOf, readUrl } from './read-url.ts';

/** Bounds, with their defaults. Times in milliseconds. */
const defaultLimits = {
  /** Origins whose connections are kept; the one unused for longest is closed first (its calls under way finish). */
  maxOrigins: 500,
  connectionsPerOrigin: 256,
  connectTimeoutMs: 10_000,
  /** Until the first byte of an answer: models can think for minutes. */
  headersTimeoutMs: 300_000,
  /** Between two pieces of an answer. */
  bodyTimeoutMs: 120_000,
  checkTimeoutMs: 5_000,
};

export type EgressOptions = {
  allowPrivate: AllowPrivate;
  /** Permits plain http to public hosts. Default false. */
  allowHttp?: boolean;
  limits?: Partial<typeof defaultLimits>;
};

export type Egress = {
  /** Reads an address, resolves its host and judges it, for when it is saved; throws `egress_refused` or `egress_unreachable`. */
  checkUrl(address: string): Promise<URL>;
  /** Connections to one origin (`https://host:port`), for relays. Ask anew for each call: an idle one may be closed. Refuses at once what needs no name resolved; the rest is refused as the request's own error. */
  dispatcherFor(origin: string): Dispatcher;
  /** One bounded call that follows redirects; a redirect to another origin must lead to the public internet. */
  fetch(address: string | URL, request?: EgressRequest): Promise<EgressAnswer>;
  /** Closes every connection; calls under way are cut. */
  close(): Promise<void>;
};

const nothingPrivate: AllowPrivate = { hosts: [], cidrs: [], loopback: false };

/** Makes the way out; throws when the operator's ranges cannot be read. */
export function createEgress(options: EgressOptions, deps: { lookup?: Lookup } = {}): Egress {
  const limits = { ...defaultLimits, ...options.limits };
  const lookup: Lookup = deps.lookup ?? dns.lookup;
  const allowHttp = options.allowHttp ?? false;
  const policy = createPolicy({ allowPrivate: options.allowPrivate, allowHttp });
  const publicOnly = createPolicy({ allowPrivate: nothingPrivate, allowHttp });
  let closed = false;

  const dispose = (pool: Pool) => void pool.close().catch(() => {});
  const pools = new LRUCache<string, Pool>({ max: limits.maxOrigins, dispose });
  const redirectPools = new LRUCache<string, Pool>({ max: limits.maxOrigins, dispose });

  const poolFor = (origin: string, redirected: boolean): Pool => {
    const kept = redirected ? redirectPools : pools;
    const found = kept.get(origin);
    if (found) return found;
    if (closed) throw new Error('The way out is closed; the server is stopping.');
    const url = readUrl(origin);
    const same = kept.get(url.origin);
    if (same) return same;
    const guard = { url, policy: redirected ? publicOnly : policy, lookup };
    if (/^[\d.]+$|:/.test(hostOf(url))) guard.policy(url, hostOf(url));
    const pool = new Pool(url.origin, {
      connect: guardConnections(guard, limits.connectTimeoutMs),
      connections: limits.connectionsPerOrigin,
      headersTimeout: limits.headersTimeoutMs,
      bodyTimeout: limits.bodyTimeoutMs,
    });
    kept.set(url.origin, pool);
    return pool;
  };

  return {
    async checkUrl(address) {
      const url = readUrl(address);
      await within(limits.checkTimeoutMs, url.host, judgeHost({ url, policy, lookup }));
      return url;
    },
    dispatcherFor: (origin) => poolFor(origin, false),
    fetch: (address, request) =>
      followRedirects((url, redirected) => poolFor(url.origin, redirected), address, request),
    async close() {
      closed = true;
      const all = [...pools.values(), ...redirectPools.values()];
      await Promise.all(all.map((pool) => pool.destroy()));
      pools.clear();
      redirectPools.clear();
    },
  };
}

/** `dns.lookup` cannot be stopped, but nobody has to wait for it. */
async function within<T>(timeoutMs: number, host: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(problem('egress_timeout', { host, timeout_ms: timeoutMs })), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
