// The operator's word on which addresses may be called. Without one, only the public internet over https.
import { isIP } from 'node:net';
import { blockListOf, locateAddress } from './locate-address.ts';
import { refuse } from './problems.ts';
import { hostOf } from './read-url.ts';

/** Private places the operator opened. A host is `name` (any port) or `name:port`; a range is `10.0.0.0/8`. */
export type AllowPrivate = { hosts: readonly string[]; cidrs: readonly string[]; loopback: boolean };

/** Judges one address behind one URL; throws `egress_refused`. */
export type Policy = (url: URL, address: string) => void;

/** Makes the judge. `allowHttp` permits http to public hosts; http to what the operator opened is always permitted. */
export function createPolicy(options: { allowPrivate: AllowPrivate; allowHttp: boolean }): Policy {
  const { allowPrivate, allowHttp } = options;
  const hosts = new Set(allowPrivate.hosts.map((host) => host.toLowerCase()));
  const cidrs = blockListOf(allowPrivate.cidrs);

  return (url, address) => {
    const place = locateAddress(address);
    const listed = hosts.has(hostOf(url)) || hosts.has(url.hostname) || hosts.has(withPort(url));
    if (place.reach === 'global') {
      if (url.protocol === 'https:' || allowHttp || listed) return;
      throw refuse(url.host, 'it is asked for over http, which anybody on the way can read; use https', {
        openable: true,
      });
    }
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    const opened = listed || (place.loopback && allowPrivate.loopback) || cidrs.check(address, family);
    if (place.reach === 'openable' && opened) return;
    const literal = hostOf(url) === address;
    throw refuse(url.host, `it ${literal ? 'is' : 'leads to'} an address of ${place.name}`, {
      openable: place.reach === 'openable',
      cause: `${url.host} is ${address}`,
    });
  };
}

function withPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}
