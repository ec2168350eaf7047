// Types of the two kinds of transaction; the tables themselves are declared by the module that owns them.

/** No table at all: a store adds its own with `$extendTables`. */
export type NoTables = Record<never, never>;
