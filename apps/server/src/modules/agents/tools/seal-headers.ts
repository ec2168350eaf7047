// Headers that only a tool's server may see: sealed at rest, opened for the one call.
import type { Secrets } from '../../../platform/keys/create-secrets.ts';

const place = (toolId: string) => ({ table: 'agent_tools', column: 'secret', row_id: toolId });

/** Seals headers for their row; null when there are none. */
export async function sealHeaders(
  secrets: Secrets,
  at: { organizationId: string; toolId: string },
  headers: Record<string, string>,
): Promise<Buffer | null> {
  if (Object.keys(headers).length === 0) return null;
  return secrets.seal(at.organizationId, place(at.toolId), Buffer.from(JSON.stringify(headers)));
}

/** Opens the headers of a row; throws when the seal does not open. */
export async function openHeaders(
  secrets: Secrets,
  row: { organization_id: string; id: string; secret: Buffer | null },
): Promise<Record<string, string>> {
  if (!row.secret) return {};
  const opened = await secrets.open(row.organization_id, place(row.id), row.secret);
  return JSON.parse(opened.toString()) as Record<string, string>;
}
