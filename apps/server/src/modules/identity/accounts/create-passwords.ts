// Hashing of passwords: argon2id, a bounded number at once. Checking costs the same whether there is an account or not.
import { hash, verify } from '@node-rs/argon2';
import { limitConcurrency } from './limit-concurrency.ts';

/** 19 MiB, two passes, one lane; argon2id is the library's own choice. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const RUNNING = 2;
const WAITING = 1_000;

/** Makes the hasher of this process. */
export function createPasswords() {
  const bounded = limitConcurrency({ running: RUNNING, waiting: WAITING });
  let computed = 0;
  let decoy: Promise<string> | undefined;

  function hashPassword(password: string): Promise<string> {
    return bounded(() => {
      computed++;
      return hash(password, cost);
    });
  }

  /** Whether the password is that of the hash; without one a decoy is computed, so that nobody can tell by the time. */
  async function isRight(known: string | null | undefined, password: string): Promise<boolean> {
    decoy ??= hash('a password that nobody has', cost);
    const against = known ?? (await decoy);
    const right = await bounded(() => {
      computed++;
      return verify(against, password);
    });
    return right && known !== null && known !== undefined;
  }

  return { hash: hashPassword, isRight, computed: () => computed };
}
