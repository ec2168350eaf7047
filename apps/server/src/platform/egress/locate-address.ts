// Says where an IP address leads: to the public internet, or to which special range. Anything it cannot read leads nowhere.
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { type AddressRange, ipv4Ranges, ipv6GlobalUnicast, ipv6Ranges, nat64Prefix } from './ranges.ts';

/** Where an address leads; `reach` says whether anybody, an operator's setting, or nobody opens it. */
export type AddressPlace = { reach: 'global' | 'openable' | 'never'; name: string; loopback: boolean };

const globalPlace: AddressPlace = { reach: 'global', name: 'the public internet', loopback: false };
const known = { 4: compile(ipv4Ranges), 6: compile(ipv6Ranges) };
const unicast = blockListOf([ipv6GlobalUnicast]);

/** Makes a matcher of `address/prefix` texts (a bare address is a range of one); throws on one that is not such a text. */
export function blockListOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix, ...rest] = cidr.split('/');
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (version === 0 || address.includes('%') || rest.length > 0 || !(length >= 0 && length <= bits)) {
      throw new Error(`"${cidr}" is not a range of addresses; write it like 10.0.0.0/8 or fd00::/8.`);
    }
    list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** Tells where an address leads. An IPv4 address inside a NAT64 address counts as itself, but is never openable there. */
export function locateAddress(address: string): AddressPlace {
  if (isIPv4(address)) return placeIn(known[4], address, 'ipv4') ?? globalPlace;
  // A zone id names an interface of this machine, never a place on the internet.
  if (!isIPv6(address) || address.includes('%')) {
    return { reach: 'never', name: 'no plain IP address', loopback: false };
  }
  const embedded = findNat64(address);
  if (embedded !== undefined) {
    const place = locateAddress(embedded);
    return place.reach === 'global' ? place : { ...place, reach: 'never' };
  }
  const place = placeIn(known[6], address, 'ipv6');
  if (place) return place;
  if (unicast.check(address, 'ipv6')) return globalPlace;
  return { reach: 'never', name: 'outside global unicast (RFC 4291)', loopback: false };
}

function compile(ranges: readonly AddressRange[]) {
  return ranges.map((range) => ({
    list: blockListOf([range.cidr]),
    place: {
      reach: range.openable ? ('openable' as const) : ('never' as const),
      name: range.name,
      loopback: range.loopback === true,
    },
  }));
}

function placeIn(ranges: ReturnType<typeof compile>, address: string, family: 'ipv4' | 'ipv6') {
  return ranges.find((range) => range.list.check(address, family))?.place;
}

/** The IPv4 address inside `64:ff9b::/96`. The URL parser writes every spelling of an address in one way. */
function findNat64(address: string): string | undefined {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  if (!canonical.startsWith(nat64Prefix)) return undefined;
  const groups = canonical.slice(nat64Prefix.length).split(':');
  if (groups.length > 2) return undefined;
  const [high, low] = groups.length === 2 ? groups : ['0', groups[0]];
  const number = (Number.parseInt(high || '0', 16) << 16) | Number.parseInt(low || '0', 16);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}
