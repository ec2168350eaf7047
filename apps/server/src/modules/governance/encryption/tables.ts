// The versions of organizations' keys, as the platform's directory holds them.
import type { Generated } from 'kysely';

export type EncryptionTables = {
  organization_keys: {
    organization_id: string;
    version: number;
    /** Wrapped by a master key; empty once the version is retired. */
    wrapped: Buffer;
    master_key_id: string;
    origin: string;
    state: string;
    /** Since when nothing was found that is sealed with a version that no longer seals; null while it does. */
    retiring_at: Date | null;
    created_at: Generated<Date>;
  };
};
