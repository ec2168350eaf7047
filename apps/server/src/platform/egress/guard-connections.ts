// Opens sockets only to addresses that the policy accepts. The name is resolved here and nowhere else, and the socket
// goes to those very answers, so a name that changes its answer between check and call (DNS rebinding) gains nothing.
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { Policy } from './create-policy.ts';
import { problem } from './problems.ts';
import { hostOf } from './read-url.ts';

/** What `dns.lookup` is when all answers are asked for. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

type Guard = { url: URL; policy: Policy; lookup: Lookup };

/** Resolves and judges the host of a URL; every answer must pass, so that the order of answers decides nothing. */
export function judgeHost(
  { url, policy, lookup }: Guard,
  options: LookupOptions = {},
): Promise<LookupAddress[]> {
  const host = hostOf(url);
  const family = isIP(host);
  return new Promise((resolve, reject) => {
    const judge = (addresses: LookupAddress[]) => {
      try {
        for (const { address } of addresses) policy(url, address);
        resolve(addresses);
      } catch (error) {
        reject(error);
      }
    };
    if (family !== 0) return judge([{ address: host, family }]);
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error || addresses.length === 0) reject(problem('egress_unreachable', { host: url.host }, error));
      else judge(addresses);
    });
  });
}

/** Makes undici's connector for one origin. */
export function guardConnections(guard: Guard, connectTimeoutMs: number): buildConnector.connector {
  const lookup: LookupFunction = (_hostname, options, callback) => {
    judgeHost(guard, options).then(
      (addresses) => {
        if (options.all) return callback(null, addresses);
        const first = addresses[0] as LookupAddress;
        callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, ''),
    );
  };
  const connect = buildConnector({ lookup, timeout: connectTimeoutMs, allowH2: false });

  return (options, callback) => {
    connect(options, (...[error, socket]: Parameters<buildConnector.Callback>) => {
      if (error) return callback(error, null);
      // Node does not ask `lookup` for a literal address: whatever the way here, the peer itself is judged last.
      try {
        guard.policy(guard.url, socket.remoteAddress ?? '');
      } catch (refusal) {
        socket.destroy();
        return callback(refusal as Error, null);
      }
      callback(null, socket);
    });
  };
}
