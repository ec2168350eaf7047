// Schemathesis' configuration for one caller: seeded, with ids that exist, and without what would end the proof itself.
import type { Caller } from './open-scene.ts';

/** What is left out, and why. */
export const EXCLUDED = {
  'auth.logout': 'ends the session that the proof uses',
  'auth.switch': 'moves the session that the proof uses to another organization',
  'sessions.end': 'ends the session that the proof uses',
  'requests.tail': 'is a stream that does not end',
} as const;

/** Operations of the platform that would close the organization in which everything else is tried. */
const ELSEWHERE = [
  'organizations.suspend',
  'organizations.resume',
  'organizations.move',
  'organizations.changePlan',
];

const list = (values: readonly string[]) => JSON.stringify(values);

/** Writes the configuration (TOML). */
export function writeConfiguration(caller: Caller, options: { seed: number; examples: number }): string {
  const { ids, spendable } = caller;
  const dictionaries = [
    ...Object.entries(ids).map(([name, values]) => [name, values] as const),
    ...Object.entries(spendable).map(([name, values]) => [`spendable_${name}`, values] as const),
  ];
  const known = Object.keys(ids).filter((name) => !name.startsWith('other_'));
  const doomed = spendable.organization_id ? 'spendable_organization_id' : 'organization_id';
  return [
    `seed = ${options.seed}`,
    'color = false',
    'continue-on-failure = true',
    '[generation]',
    `max-examples = ${options.examples}`,
    'no-shrink = true',
    'database = "none"',
    ...dictionaries.flatMap(([name, values]) => [`[dictionaries.${name}]`, `values = ${list(values)}`]),
    '[parameters]',
    ...known.map((name) => `"path.${name}" = { dictionary = "${name}", probability = 0.85 }`),
    ...Object.keys(spendable)
      .filter((name) => name !== 'organization_id')
      .flatMap((name) => [
        '[[operations]]',
        'include-method = "DELETE"',
        `include-path-regex = "\\\\{${name}\\\\}$"`,
        `parameters = { "path.${name}" = { dictionary = "spendable_${name}", probability = 0.7 } }`,
      ]),
    ...elsewhere(ids.other_organization_id ? 'other_organization_id' : 'organization_id', ELSEWHERE),
    ...elsewhere(doomed, ['organizations.remove']),
    '',
  ].join('\n');
}

function elsewhere(dictionary: string, operations: string[]): string[] {
  return [
    '[[operations]]',
    `include-operation-id = ${list(operations)}`,
    `parameters = { "path.organization_id" = { dictionary = "${dictionary}" } }`,
  ];
}
