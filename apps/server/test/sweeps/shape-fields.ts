// The fields of an input, nested ones too, and putting a value into one of them. In a place, `0` stands for a list's element.
import type { Shape } from './read-endpoints.ts';

export type Field = { path: string[]; shape: Shape };

/** All fields of a shape with their places. */
export function listFields(shape: Shape, path: string[] = []): Field[] {
  const object = shape.anyOf?.find(({ type }) => type === 'object') ?? shape;
  return Object.entries(object.properties ?? {}).flatMap(([key, one]) => {
    const own = { path: [...path, key], shape: one };
    if (!one.items) return [own, ...listFields(one, own.path)];
    const element = { path: [...own.path, '0'], shape: one.items };
    const isPlain = !(one.items.anyOf ?? [one.items]).some(({ type }) => type === 'object');
    return [own, ...(isPlain ? [element] : []), ...listFields(one.items, element.path)];
  });
}

type Values = Record<string, unknown>;

/** A copy of `from` with the value at the place; what is missing on the way is made. */
export function putAt(from: Values, path: string[], value: unknown): Values {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) return { ...from, [key]: value };
  if (rest[0] !== '0') return { ...from, [key]: putAt((from[key] ?? {}) as Values, rest, value) };
  const [first = {}] = (from[key] ?? []) as Values[];
  return { ...from, [key]: [rest.length === 1 ? value : putAt(first, rest.slice(1), value)] };
}
