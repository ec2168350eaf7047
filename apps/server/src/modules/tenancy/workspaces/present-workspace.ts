// A workspace as the contract shows it.
import type { workspace } from '@insula/contract/workspaces';
import type { z } from 'zod';
import type { WorkspaceRow } from './store.ts';

export type Workspace = z.infer<typeof workspace>;

/** Presents a row with the number of calls of this month. */
export function presentWorkspace(row: WorkspaceRow, monthlyRequests: number): Workspace {
  return {
    ...row,
    monthly_requests: monthlyRequests,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
