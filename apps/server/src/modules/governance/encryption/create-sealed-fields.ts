// Which fields are sealed with an organization's key. A key is only destroyed when every column of bytes in the tables is
// known here, as sealed or as plain: a forgotten field keeps old keys alive instead of being lost with them.

export type SealedField = {
  table: string;
  column: string;
  /** Columns that, beside `organization_id`, name the row; joined by `/` they are the row id that the seal is bound to. */
  key: readonly string[];
  /** What a rotation does with a value that no key opens: keep it, and with it the key it names; or drop what can be missed. */
  whenBroken: 'keep' | 'drop';
};

export type SealedFields = ReturnType<typeof createSealedFields>;

const sealedFromStart: SealedField[] = [
  { table: 'credentials', column: 'secret', key: ['id'], whenBroken: 'keep' },
  { table: 'idempotency', column: 'answer', key: ['actor_id', 'key'], whenBroken: 'drop' },
  { table: 'agent_tools', column: 'secret', key: ['id'], whenBroken: 'keep' },
];

/** Bytes that are hashes, seeds of tokens, signatures, or made from texts that are not sealed either. */
const plainFromStart = [
  'api_keys.key_hash',
  'chunk_vectors.vector',
  'conversation_shares.token_hash',
  'document_versions.content_hash',
  'event_checkpoints.hash',
  'event_checkpoints.signature',
  'event_seals.hash',
  'graph_entities.embedding',
  'graph_passages.text_hash',
  'idempotency.digest',
  'invitations.token_hash',
  'search_segment_parts.bytes',
  'sessions.refresh_seed',
];

/** The register, to which modules add their own when the server is built. */
export function createSealedFields() {
  const sealed = new Map(sealedFromStart.map((field) => [nameOf(field), field]));
  const plain = new Set(plainFromStart);

  return {
    /** Adds a sealed field; throws when it is there already. */
    add(field: SealedField): void {
      if (sealed.has(nameOf(field)) || plain.has(nameOf(field)))
        throw new Error(`${nameOf(field)} is registered already.`);
      sealed.set(nameOf(field), field);
    },
    list: (): SealedField[] => [...sealed.values()],
    /** Names of those columns that are not registered. */
    listUnknown: (columns: readonly { table: string; column: string }[]): string[] =>
      columns.map(nameOf).filter((name) => !sealed.has(name) && !plain.has(name)),
  };
}

const nameOf = (at: { table: string; column: string }) => `${at.table}.${at.column}`;
