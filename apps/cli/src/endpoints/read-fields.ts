// The fields of an endpoint's input as flags of a command: their kinds, choices and bounds come from the contract.
import type { Endpoint } from '@insula/sdk';

export type Field = {
  /** As on the wire: `rate_limit_per_minute`. */
  name: string;
  /** As typed: `--rate-limit-per-minute`. */
  flag: string;
  kind: 'text' | 'number' | 'boolean' | 'list' | 'json';
  /** JSON, or just words. */
  takesWords?: boolean;
  choices: string[];
  required: boolean;
  nullable: boolean;
  /** Part of the address: an id. */
  inPath: boolean;
  words: string;
};

type Wire = {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Wire[];
  items?: Wire;
  properties?: Record<string, Wire>;
  required?: string[];
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
};

/** Flags that every command has; a field of that name gets the flag `--input-…`. */
export const ownFlags = ['output', 'url', 'json', 'all', 'help', 'idempotency-key', 'file'];

/** Reads the fields of an endpoint's input, in the order of the contract. */
export function readFields(endpoint: Pick<Endpoint, 'input' | 'path'>): Field[] {
  const { jsonSchema } = endpoint.input['~standard'] as unknown as {
    jsonSchema: { input(options: { target: string }): Wire };
  };
  const wire = jsonSchema.input({ target: 'draft-2020-12' });
  const inPath = new Set([...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
  return Object.entries(wire.properties ?? {}).map(([name, said]) => {
    const flag = name.replaceAll('_', '-');
    return {
      name,
      flag: ownFlags.includes(flag) ? `input-${flag}` : flag,
      ...readKind(said, isSecret(name)),
      required: wire.required?.includes(name) ?? false,
      inPath: inPath.has(name),
    };
  });
}

function isSecret(name: string): boolean {
  return /(^|_)(password|secret|token|key)$/.test(name);
}

function readKind(
  said: Wire,
  secret: boolean,
): Pick<Field, 'kind' | 'takesWords' | 'choices' | 'nullable' | 'words'> {
  const options = said.anyOf ?? [said];
  const types = options.flatMap(({ type }) => type ?? []);
  const nullable = types.includes('null');
  const value = options.find(({ type }) => type !== 'null') ?? said;
  const kinds = types.filter((type) => type !== 'null');
  const kind = kinds.length === 1 ? kindOf(kinds[0]!, value) : 'json';
  const choices = choicesOf(kind === 'list' ? (value.items ?? {}) : value);
  const words = wordsOf({ said, value, nullable, kind, secret });
  return { kind, takesWords: kind === 'json' && kinds.includes('string'), choices, nullable, words };
}

function kindOf(type: string, { items }: Wire): Field['kind'] {
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'boolean') return 'boolean';
  if (type === 'array') return items?.type === 'string' ? 'list' : 'json';
  return type === 'string' ? 'text' : 'json';
}

function choicesOf({ enum: given, const: only }: Wire): string[] {
  if (only !== undefined) return [String(only)];
  return (given ?? []).filter((one) => one !== null).map(String);
}

function wordsOf(of: {
  said: Wire;
  value: Wire;
  nullable: boolean;
  kind: Field['kind'];
  secret: boolean;
}): string {
  const { said, value, nullable, kind, secret } = of;
  const { minimum: least = Number.MIN_SAFE_INTEGER, maximum: most = Number.MAX_SAFE_INTEGER } = value;
  const bounds = [
    least > Number.MIN_SAFE_INTEGER ? `from ${least}` : '',
    most < Number.MAX_SAFE_INTEGER ? `to ${most}` : '',
  ];
  const parts = [
    said.description?.replace(/\.$/, ''),
    bounds.filter(Boolean).join(' '),
    secret ? '- to type it unseen, or to pipe it in' : '',
    kind === 'json' ? 'JSON, or @file' : '',
    kind === 'list' ? 'repeat it, or separate by commas' : '',
    nullable ? '"null" clears it' : '',
    said.default === undefined || said.default === '' ? '' : `default ${JSON.stringify(said.default)}`,
  ];
  return parts.filter(Boolean).join('; ');
}
