// When a document was written, which is when its facts were asserted.

/** What the file says of its own date, if that can be one; otherwise when it was given. */
export function documentDate(version: { properties: Record<string, string>; created_at: Date }): Date {
  const { modified, date, created } = version.properties;
  const said = modified ?? date ?? created;
  const at = said === undefined ? Number.NaN : Date.parse(said);
  return at > 0 && at < Date.now() ? new Date(at) : version.created_at;
}
