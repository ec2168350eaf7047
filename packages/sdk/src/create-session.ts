// The session of a person: an access token that is renewed in time, once for however many calls wait for it. Where it is
// kept is the caller's choice; when another process renewed it in the meantime, theirs is used.
import type { signedIn } from '@insula/contract/identity';
import type { InferSchemaOutput } from '@orpc/contract';
import { InsulaError } from './insula-error.ts';

export type SignedIn = InferSchemaOutput<typeof signedIn>;
/** What must be kept to stay signed in. `expires_at` is when the access token ends, in milliseconds since 1970. */
export type Session = { access_token: string; refresh_token: string; expires_at: number };
/** Keeps a session; undefined means signed out. */
export type SessionStore = {
  read(): Session | undefined | Promise<Session | undefined>;
  write(session: Session | undefined): void | Promise<void>;
};

const AHEAD_MS = 30_000;

/** Keeps a session in memory. */
export function createMemoryStore(): SessionStore {
  let kept: Session | undefined;
  return {
    read: () => kept,
    write: (session) => {
      kept = session;
    },
  };
}

type SessionDeps = {
  store: SessionStore;
  /** Exchanges a refresh token for a new pair. */
  refresh(refreshToken: string): Promise<SignedIn>;
  now(): number;
};

/** Hands out access tokens that are not about to end. */
export function createSession({ store, refresh, now }: SessionDeps) {
  let underWay: Promise<Session | undefined> | undefined;

  async function keep(signed: SignedIn): Promise<Session> {
    const { access_token, refresh_token, expires_in } = signed;
    const session = { access_token, refresh_token, expires_at: now() + expires_in * 1_000 };
    await store.write(session);
    return session;
  }

  async function renew(old: Session): Promise<Session | undefined> {
    const newer = async () => {
      const stored = await store.read();
      return stored && stored.refresh_token !== old.refresh_token ? stored : undefined;
    };
    const known = await newer();
    if (known) return known;
    try {
      return await keep(await refresh(old.refresh_token));
    } catch (error) {
      if (!(error instanceof InsulaError) || (error.status !== 401 && error.status !== 403)) throw error;
      const meanwhile = await newer();
      if (meanwhile) return meanwhile;
      await store.write(undefined);
      throw error;
    }
  }

  function renewOnce(old: Session): Promise<Session | undefined> {
    underWay ??= renew(old).finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  /** The access token to use now; undefined when nobody is signed in. `refused` is one that the server does not take. */
  async function token(refused?: string): Promise<string | undefined> {
    const session = await store.read();
    if (!session) return undefined;
    const ends = session.expires_at - now() < AHEAD_MS;
    if (!ends && session.access_token !== refused) return session.access_token;
    return (await renewOnce(session))?.access_token;
  }

  return { token, keep, end: () => store.write(undefined) };
}
