import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locateAddress } from './locate-address.ts';
import { ipv4Ranges, ipv6Ranges } from './ranges.ts';

// Arithmetic of its own, so that the matcher of the runtime is checked against something else.
const toNumber = (address: string): bigint => {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [left = '', right] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const middle = right === undefined ? 0 : 8 - groups(left).length - groups(right).length;
  const all = [...groups(left), ...Array<string>(middle).fill('0'), ...groups(right ?? '')];
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
};
const toText = (number: bigint, bits: 32 | 128): string =>
  bits === 32
    ? [24n, 16n, 8n, 0n].map((shift) => String((number >> shift) & 255n)).join('.')
    : [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((s) => ((number >> s) & 65535n).toString(16)).join(':');
const bounds = (cidr: string) => {
  const [address = '', length = ''] = cidr.split('/');
  const bits = isIPv4(address) ? (32 as const) : (128 as const);
  const size = 1n << BigInt(bits - Number(length));
  const first = (toNumber(address) / size) * size;
  return { bits, first, last: first + size - 1n };
};
const ranges = [...ipv4Ranges, ...ipv6Ranges].map((range) => ({ ...range, ...bounds(range.cidr) }));
const expected = (number: bigint, bits: 32 | 128) => {
  const found = ranges.find((range) => range.bits === bits && number >= range.first && number <= range.last);
  if (found) return found.openable ? 'openable' : 'never';
  return bits === 32 || number >> 125n === 1n ? 'global' : 'never';
};

describe('every special range', () => {
  it.each(ranges)('$cidr is refused from its first to its last address, and not one further', (range) => {
    for (const number of [range.first, range.last, range.first - 1n, range.last + 1n]) {
      if (number < 0n || number >= 1n << BigInt(range.bits)) continue;
      expect(locateAddress(toText(number, range.bits)).reach, toText(number, range.bits)).toBe(
        expected(number, range.bits),
      );
    }
  });
});

describe('any address', () => {
  it('leads where independent arithmetic says', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }), (number) => {
        expect(locateAddress(toText(number, 32)).reach).toBe(expected(number, 32));
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (number) => {
        expect(locateAddress(toText(number, 128)).reach).toBe(expected(number, 128));
      }),
      { numRuns: 2000 },
    );
  });

  it('of IPv4 inside NAT64 is global only if the IPv4 address is, and never opened by an operator', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }), (number) => {
        const inside = expected(number, 32);
        const address = toText((0x64ff9bn << 96n) | number, 128);
        expect(locateAddress(address).reach).toBe(inside === 'global' ? 'global' : 'never');
      }),
      { numRuns: 2000 },
    );
    expect(locateAddress('64:ff9b::').reach).toBe('never');
    expect(locateAddress('64:ff9b::1').reach).toBe('never');
    expect(locateAddress('64:ff9b::7f00:0').reach).toBe('never');
  });

  it('of IPv4 mapped into IPv6 leads nowhere, however global', () => {
    for (const address of ['::ffff:8.8.8.8', '::ffff:808:808', '::ffff:a9fe:a9fe', '::8.8.8.8']) {
      expect(locateAddress(address).reach).toBe('never');
    }
  });

  it.each([
    '',
    'localhost',
    '127.1',
    '0x7f.0.0.1',
    '1.2.3.4 ',
    'fe80::1%eth0',
    '2606:4700::1%lo',
    '[::1]',
    '1.2.3.4:80',
  ])('that is not plainly one (%j) leads nowhere', (text) => expect(locateAddress(text).reach).toBe('never'));
});
