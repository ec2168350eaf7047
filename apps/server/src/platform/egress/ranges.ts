// The addresses that are not the public internet, as data, so that the list can be read against its source.
// Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries, the IANA IPv4 Multicast registry and RFC 4291;
// the last lines are metadata services of clouds at addresses that the registries do not mark.

/** `openable` ranges can be opened by the operator; nothing opens the others. */
export type AddressRange = { cidr: string; name: string; openable?: true; loopback?: true };

/** Every IPv4 range that is not global unicast; what is in none of them is global. The more exact come first. */
export const ipv4Ranges: readonly AddressRange[] = [
  { cidr: '100.100.100.200/32', name: 'a cloud metadata service' },
  { cidr: '168.63.129.16/32', name: 'a cloud metadata service' },
  { cidr: '0.0.0.0/8', name: 'this network (RFC 791)' },
  { cidr: '10.0.0.0/8', name: 'a private network (RFC 1918)', openable: true },
  { cidr: '100.64.0.0/10', name: 'a shared carrier network (RFC 6598)', openable: true },
  { cidr: '127.0.0.0/8', name: 'loopback (RFC 1122)', openable: true, loopback: true },
  { cidr: '169.254.0.0/16', name: 'link local and cloud metadata (RFC 3927)' },
  { cidr: '172.16.0.0/12', name: 'a private network (RFC 1918)', openable: true },
  { cidr: '192.0.0.0/24', name: 'protocol assignments (RFC 6890)' },
  { cidr: '192.0.2.0/24', name: 'documentation (RFC 5737)' },
  { cidr: '192.31.196.0/24', name: 'AS112 (RFC 7535)' },
  { cidr: '192.52.193.0/24', name: 'AMT relays (RFC 7450)' },
  { cidr: '192.88.99.0/24', name: '6to4 relays (RFC 7526)' },
  { cidr: '192.168.0.0/16', name: 'a private network (RFC 1918)', openable: true },
  { cidr: '192.175.48.0/24', name: 'AS112 (RFC 7534)' },
  { cidr: '198.18.0.0/15', name: 'a benchmarking network (RFC 2544)', openable: true },
  { cidr: '198.51.100.0/24', name: 'documentation (RFC 5737)' },
  { cidr: '203.0.113.0/24', name: 'documentation (RFC 5737)' },
  { cidr: '224.0.0.0/4', name: 'multicast (RFC 5771)' },
  { cidr: '240.0.0.0/4', name: 'reserved or broadcast (RFC 1112, RFC 919)' },
];

/** The only IPv6 space that is global unicast; everything outside is refused or named below. */
export const ipv6GlobalUnicast = '2000::/3';

/** IPv6 addresses that carry an IPv4 address and are as global as that one (RFC 6052, used by DNS64). */
export const nat64Prefix = '64:ff9b::';

/** IPv6 ranges inside global unicast that are not global, and ranges outside it that deserve a name. */
export const ipv6Ranges: readonly AddressRange[] = [
  { cidr: 'fd00:ec2::254/128', name: 'a cloud metadata service' },
  { cidr: 'fd20:ce::254/128', name: 'a cloud metadata service' },
  { cidr: '::/128', name: 'the unspecified address (RFC 4291)' },
  { cidr: '::1/128', name: 'loopback (RFC 4291)', openable: true, loopback: true },
  { cidr: '::ffff:0:0/96', name: 'an IPv4 address in IPv6 clothes (RFC 4291)' },
  { cidr: '64:ff9b:1::/48', name: 'local translation of IPv4 (RFC 8215)' },
  { cidr: '100::/64', name: 'the discard prefix (RFC 6666)' },
  { cidr: '100:0:0:1::/64', name: 'the dummy prefix (RFC 9780)' },
  { cidr: '2001::/32', name: 'a Teredo tunnel (RFC 4380)' },
  { cidr: '2001::/23', name: 'protocol assignments (RFC 2928)' },
  { cidr: '2001:db8::/32', name: 'documentation (RFC 3849)' },
  { cidr: '2002::/16', name: 'a 6to4 tunnel (RFC 3056)' },
  { cidr: '2620:4f:8000::/48', name: 'AS112 (RFC 7534)' },
  { cidr: '3fff::/20', name: 'documentation (RFC 9637)' },
  { cidr: '5f00::/16', name: 'segment routing (RFC 9602)' },
  { cidr: 'fc00::/7', name: 'a private network (RFC 4193)', openable: true },
  { cidr: 'fe80::/10', name: 'link local (RFC 4291)' },
  { cidr: 'fec0::/10', name: 'site local (RFC 3879)' },
  { cidr: 'ff00::/8', name: 'multicast (RFC 4291)' },
];
