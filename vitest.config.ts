// One suite, two databases: PGlite by default, PostgreSQL and Redis when TEST_DATABASE_URL and TEST_REDIS_URL are set.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['apps/**/*.test.ts', 'proofs/**/*.test.ts', 'packages/**/*.test.ts', 'checks/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
