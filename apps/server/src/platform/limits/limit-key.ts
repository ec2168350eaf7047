// Builds the key under which a subject is counted: tenant first, each part with its length, so that no two different
// questions ever share a counter.

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Key of a subject in an organization, such as `limitKey(organizationId, 'api_key', id)`; throws unless the organization is a lower-case UUID. The braces keep an organization's keys on one node of a Redis cluster. */
export function limitKey(organizationId: string, ...parts: string[]): string {
  if (!uuid.test(organizationId)) throw new TypeError('A limit belongs to an organization, named by its id.');
  let key = `{${organizationId}}`;
  for (const part of parts) {
    // Half a character pair would be replaced on the way to Redis and so be equal to another: it is written escaped.
    if (part.isWellFormed()) key += `:${part.length}:${part}`;
    else {
      const escaped = JSON.stringify(part);
      key += `:~${escaped.length}:${escaped}`;
    }
  }
  return key;
}
