import { describe, expect, test } from 'vitest';
import {
  createPatternFinder,
  createWordFinder,
  findCards,
  findEmails,
  findIbans,
  findIps,
  findNationalIds,
  findPassports,
  findPhones,
  findSecrets,
  findSsns,
  type Match,
  withoutOverlaps,
} from './index.ts';

const shown = (text: string, found: Match[]) =>
  withoutOverlaps(found)
    .filter((match) => match.score >= 0.8)
    .map((match) => text.slice(match.start, match.end));
const regions = ['US', 'GB', 'DE'];

describe('personal numbers are found', () => {
  test.each<[string, (text: string) => Match[], string, string[]]>([
    [
      'e-mail',
      findEmails,
      "write to ann.o'neil+x@mail.example.co.uk, or <bob@example.org>.",
      ["ann.o'neil+x@mail.example.co.uk", 'bob@example.org'],
    ],
    ['no e-mail', findEmails, 'a @ b, @home, user@localhost, x@y', []],
    [
      'card',
      findCards,
      'pay with 4111 1111 1111 1111 or 378282246310005',
      ['4111 1111 1111 1111', '378282246310005'],
    ],
    ['no card', findCards, '4111 1111 1111 1112, 0000 0000 0000 0000, x4111111111111111', []],
    [
      'iban',
      findIbans,
      'to DE89 3704 0044 0532 0130 00 now, gb82west12345698765432',
      ['DE89 3704 0044 0532 0130 00', 'gb82west12345698765432'],
    ],
    ['no iban', findIbans, 'DE89 3704 0044 0532 0130 01', []],
    ['ssn', findSsns, 'his SSN 536-90-4399 and ssn: 536904399', ['536-90-4399', '536904399']],
    ['no ssn', findSsns, '000-12-3456 666-12-3456 912-12-3456 123-00-4567 536904399', []],
    [
      'ip',
      findIps,
      'from 203.0.113.9 and 2001:db8::ff00:42:8329, not 300.1.1.1 or 1.2.3.4.5',
      ['203.0.113.9', '2001:db8::ff00:42:8329'],
    ],
    [
      'phone',
      (t) => findPhones(t, regions),
      'call (212) 555-0187 x12, +49 30 901820, tel. 020 7946 0958',
      ['(212) 555-0187 x12', '+49 30 901820', '020 7946 0958'],
    ],
    ['no phone', (t) => findPhones(t, regions), 'on 2024-05-17, order 1234567, 3.1415926535', []],
    [
      'national',
      findNationalIds,
      'DNI 12345678Z, RSSMRA85T10A562S, cpf 111.444.777-35, HETU 131052-308T',
      ['12345678Z', 'RSSMRA85T10A562S', '111.444.777-35', '131052-308T'],
    ],
    ['no national', findNationalIds, '12345678A, RSSMRA85T10A562T, cpf 111.444.777-36, 131052-308U', []],
    [
      'passport',
      findPassports,
      'L898902C36UTO7408122F1204159ZE184226B<<<<<10',
      ['L898902C36UTO7408122F1204159ZE184226B<<<<<10'],
    ],
    [
      'secret',
      findSecrets,
      'AKIAIOSFODNN7EXAMPLE password = "hY7!kq92Lm" postgres://me:s3cretpw@db',
      ['AKIAIOSFODNN7EXAMPLE', 'hY7!kq92Lm', 's3cretpw'],
    ],
    ['no secret', findSecrets, 'the password is incorrect; my password: $DB_PASSWORD_1', []],
  ])('%s', (_name, find, text, expected) => {
    expect(shown(text, find(text))).toEqual(expected);
  });

  test('a private key to its end, or as far as it goes', () => {
    const key = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIE\n'.repeat(50)}-----END RSA PRIVATE KEY-----`;
    const text = `see ${key} above, and ${key.slice(0, 200)}`;
    expect(shown(text, findSecrets(text))).toEqual([key, key.slice(0, 200)]);
  });
});

describe('words of a deny list are found', () => {
  const find = createWordFinder(['Project Falcon', 'straße', '禁止', 'cafe']);
  test.each([
    [
      'whatever their case and width',
      'PROJECT  FALCON and ｐｒｏｊｅｃｔ falcon',
      ['PROJECT  FALCON', 'ｐｒｏｊｅｃｔ falcon'],
    ],
    ['whatever their accents and spelling', 'STRASSE, Café', ['STRASSE', 'Café']],
    ['with invisible signs inside', 'pro\u200bject fal\u00adcon', ['pro\u200bject fal\u00adcon']],
    ['as whole words only', 'cafeteria, decafe, project falcons', []],
    ['between signs without spaces', '这是禁止的', ['禁止']],
  ])('%s', (_name, text, expected) => {
    expect(shown(text, find(text))).toEqual(expected);
  });
});

describe('patterns', () => {
  test('that would take for ever elsewhere take linear time', () => {
    const find = createPatternFinder('(a+)+b', { ignoreCase: false });
    if (typeof find !== 'function') throw new Error(find.error);
    const start = performance.now();
    expect(find('a'.repeat(20_000))).toEqual([]);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test.each([['a*'], ['(?=x)'], ['(x{300}){300}'], ['('], ['\\1']])('%s is refused in words', (pattern) => {
    expect(createPatternFinder(pattern, { ignoreCase: false })).toEqual({ error: expect.any(String) });
  });
});

describe('no text makes a detector slow', () => {
  const hostile = [
    '1 ',
    'a@',
    '-----BEGIN PRIVATE KEY-----',
    '(1',
    'GB12 ',
    'api_key ',
    ':',
    '1.',
    'eyJaaaaaaaaa.',
    'A<1',
  ];
  test.each(hostile)('%s, again and again', (piece) => {
    const text = piece.repeat(200_000 / piece.length);
    const finders = [
      findEmails,
      findCards,
      findIbans,
      findSsns,
      findIps,
      findNationalIds,
      findPassports,
      findSecrets,
    ];
    const start = performance.now();
    for (const find of finders) find(text);
    findPhones(text, regions);
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});
