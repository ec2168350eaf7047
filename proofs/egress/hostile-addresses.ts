// Addresses that look like one place and lead to another. Each is saved as a credential's base URL, tested, and called.

import type { Answers } from './start-names.ts';
import { OTHER_ORIGIN, PUBLIC, PUBLIC_ORIGIN, redirecting } from './start-public-provider.ts';

/** Must be refused when they are saved. */
export const hostileAddresses: readonly string[] = [
  // Private as they stand.
  ...['http://10.0.0.1:8080/v1', 'https://10.0.0.1/v1', 'https://172.16.0.1/v1', 'https://192.168.0.1/v1'],
  ...['https://127.0.0.1/v1', 'https://localhost/v1', 'https://0.0.0.0/v1', 'https://a.localhost/v1'],
  ...['https://169.254.169.254/latest/meta-data', 'https://100.100.100.200/v1', 'https://100.64.0.1:8080/v1'],
  ...['https://198.18.0.1/v1', 'https://192.0.2.1/v1', 'https://255.255.255.255/v1', 'https://224.0.0.1/v1'],
  // Decimal, octal, hexadecimal, short.
  ...[
    'https://0/v1',
    'https://2130706433/v1',
    'https://167772161/v1',
    'https://0xa000001/v1',
    'https://127.1/v1',
  ],
  ...['https://0x7f000001/v1', 'https://017700000001/v1', 'https://0x7f.1/v1', 'https://0012.0.0.1/v1'],
  ...[
    'https://0xa9.0xfe.0xa9.0xfe/v1',
    'https://2852039166/v1',
    'https://10.1/v1',
    'https://00000012.0.0.1/v1',
  ],
  // IPv6, with an IPv4 address inside, with a zone.
  ...['https://[::1]/v1', 'https://[::]/v1', 'https://[fd00::1]:8080/v1', 'https://[fd00:ec2::254]/v1'],
  ...['https://[::ffff:10.0.0.1]/v1', 'https://[::ffff:a9fe:a9fe]/v1', 'https://[::10.0.0.1]/v1'],
  ...['https://[64:ff9b::a00:1]/v1', 'https://[2002:a00:1::1]/v1', 'https://[0:0:0:0:0:ffff:7f00:1]/v1'],
  ...[
    'https://[fe80::1]/v1',
    'https://[fe80::1%25lo]/v1',
    'https://[::1%25lo]/v1',
    'https://[::ffff:0:10.0.0.1]/v1',
  ],
  // Spellings that two parsers read differently.
  ...[
    'https://10.0.0.1@public.cases.example/v1',
    'https://public.cases.example@10.0.0.1/v1',
    'https://@10.0.0.1/v1',
  ],
  ...[
    'https://public.cases.example\\@10.0.0.1/v1',
    'https:\\\\10.0.0.1\\v1',
    'https://10.0.0.1\\.public.cases.example/v1',
  ],
  ...['https:10.0.0.1/v1', 'https:/10.0.0.1/v1', 'https:///10.0.0.1/v1', '//10.0.0.1/v1', '10.0.0.1:8080/v1'],
  ...['https://10.0.0.1./v1', 'https://public.cases.example./v1', 'https://localhost./v1'],
  ...[
    'https://10\u30020\u30020\u30021/v1',
    'https://10\uff0e0\uff0e0\uff0e1/v1',
    'https://\u2460\u24ea.\u24ea.\u24ea.\u2460/v1',
  ],
  ...[
    'https://\uff11\uff10.0.0.1/v1',
    'https://loc\u00adalhost/v1',
    'https://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/v1',
  ],
  ...['https://%31%30.0.0.1/v1', 'https://10%2e0%2e0%2e1/v1', 'https://10.0.0.1%2f@public.cases.example/v1'],
  ...[
    'https://10.0.0.1%00.public.cases.example/v1',
    'https://10.0.0.1\t/v1',
    'https://10.0\n.0.1/v1',
    ' https://10.0.0.1/v1',
  ],
  ...[
    'https://public.cases.example /v1',
    'https://public.cases.example:0/v1',
    'https://public.cases.example:99999/v1',
  ],
  // Other protocols, and http where everybody on the way could read the key.
  ...[
    'file:///etc/passwd',
    'gopher://10.0.0.1:8080/_GET',
    'ftp://10.0.0.1/v1',
    'http+unix://%2Fvar%2Frun%2Fa.sock/v1',
  ],
  ...['ws://10.0.0.1:8080/v1', 'data:text/plain,a', 'javascript:alert(1)', 'http://public.cases.example/v1'],
  // Names with a private answer, alone or among others.
  ...[
    'https://private.cases.example/v1',
    'https://PRIVATE.Cases.Example/v1',
    'https://private.cases.example:8080/v1',
  ],
  ...[
    'https://mixed.cases.example/v1',
    'https://mixed-first.cases.example/v1',
    'https://mixed-families.cases.example/v1',
  ],
  ...[
    'https://mapped.cases.example/v1',
    'https://link-local.cases.example/v1',
    'https://loopback6.cases.example/v1',
  ],
];

/** Names that always answer the same. */
export const NAMES: Record<string, Answers> = {
  'public.cases.example': [[PUBLIC]],
  'other.cases.example': [['93.184.216.35']],
  'private.cases.example': [['10.0.0.1']],
  'mixed.cases.example': [[PUBLIC, '10.0.0.1']],
  'mixed-first.cases.example': [['192.168.0.1', PUBLIC]],
  'mixed-families.cases.example': [[PUBLIC, 'fd00::1']],
  'mapped.cases.example': [['::ffff:10.0.0.1']],
  'link-local.cases.example': [['169.254.169.254']],
  'loopback6.cases.example': [['::1']],
};

/** What a name answers after it was public when it was saved. */
export const REBOUND: readonly (readonly string[])[] = [
  ...[['10.0.0.1'], ['169.254.169.254'], ['127.0.0.1'], ['fd00::1'], ['::1'], ['::ffff:10.0.0.1']],
  ...[[PUBLIC, '10.0.0.1'], ['10.0.0.1', PUBLIC], [PUBLIC, 'fd00:ec2::254'], ['64:ff9b::a00:1']],
];

const TARGETS = [
  ...['http://10.0.0.1:8080/v1', 'https://10.0.0.1/v1', 'http://169.254.169.254/latest/meta-data'],
  ...[
    'http://127.0.0.1/v1',
    'http://[fd00::1]:8080/v1',
    'http://[::ffff:a00:1]:8080/v1',
    'http://167772161:8080/',
  ],
  ...['//10.0.0.1:8080/v1', 'https://private.cases.example/v1', 'https://mixed.cases.example/v1'],
  ...[`${PUBLIC_ORIGIN}@10.0.0.1/v1`, 'http:\\\\10.0.0.1:8080\\v1', 'http://public.cases.example/v1'],
  ...['gopher://10.0.0.1:8080/_', `${OTHER_ORIGIN}/v1/models`, `${OTHER_ORIGIN}/v1/chat/completions`],
];

/** Base URLs at a public address that redirect to somewhere else. */
export const REDIRECTING: readonly string[] = [
  ...TARGETS.map((target) => redirecting(307, target)),
  ...[301, 302, 303, 308].flatMap((status) => [
    redirecting(status, 'http://10.0.0.1:8080/v1'),
    redirecting(status, `${OTHER_ORIGIN}/v1/models`),
  ]),
  // By way of a redirect to itself.
  redirecting(307, redirecting(307, 'http://10.0.0.1:8080/v1')),
  redirecting(307, redirecting(307, `${OTHER_ORIGIN}/v1/models`)),
];
