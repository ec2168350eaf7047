// What chat needs beside what every verb of agents has.
import type { Actor } from '../../../platform/actor.ts';
import type { Egress } from '../../../platform/egress/index.ts';
import type { Secrets } from '../../../platform/keys/create-secrets.ts';
import type { Log } from '../../../platform/log.ts';
import type { Gateway } from '../../gateway/index.ts';
import type { Tenancy } from '../../tenancy/index.ts';
import type { AgentDeps } from '../index.ts';
import type { Passage } from '../prompting/quote-passages.ts';
import type { Runs } from '../runs/create-runs.ts';

export type SearchMode = 'vector' | 'hybrid' | 'graph';
export type SearchWish = {
  workspaceId: string;
  query: string;
  mode: SearchMode;
  limit: number;
  signal?: AbortSignal;
};
/** Searches the knowledge of a workspace with the rights of the asking person. */
export type SearchKnowledge = (actor: Actor, wish: SearchWish) => Promise<Passage[]>;

export type ChatDeps = AgentDeps & {
  log: Log;
  gateway: Gateway;
  egress: Egress;
  secrets: Secrets;
  tenancy: Tenancy;
  searchKnowledge: SearchKnowledge;
  runs: Runs;
};
