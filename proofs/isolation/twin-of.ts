// The twin of a thing: an id or a text that looks like it, made in the same millisecond, and that never was.
import { randomBytes } from 'node:crypto';
import type { Things } from '../../apps/server/test/sweeps/things.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Twins of all things, except those that are the attacker's own, or that are kept by name. */
export function twinOf(things: Things, own: Things, kept: (keyof Things)[] = []): Things {
  const twins = Object.entries(things).map(([noun, value]) => {
    const isKept =
      kept.includes(noun as keyof Things) || (things !== own && own[noun as keyof Things] === value);
    return [noun, isKept ? value : twinText(value)];
  });
  return Object.fromEntries(twins) as Things;
}

function twinText(value: string): string {
  if (uuid.test(value)) return value.slice(0, -12) + randomBytes(6).toString('hex');
  const [local = '', ...domain] = value.split('@');
  const tail = randomBytes(6).toString('hex').slice(0, Math.min(12, local.length));
  return [local.slice(0, local.length - tail.length) + tail, ...domain].join('@');
}
