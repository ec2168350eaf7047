// One suite, two databases: PGlite by default, PostgreSQL and Redis when TEST_DATABASE_URL and TEST_REDIS_URL are set.
// Node runs the files as they are, and a worker goes on from file to file: a module is loaded once a worker, not once a file.
import { enableCompileCache } from 'node:module';
import { defineConfig } from 'vitest/config';

const { directory } = enableCompileCache('node_modules/.cache/compiled');
if (directory) process.env.NODE_COMPILE_CACHE ??= directory;

export default defineConfig({
  test: {
    include: ['apps/**/*.test.ts', 'proofs/**/*.test.ts', 'packages/**/*.test.ts', 'checks/**/*.test.ts'],
    pool: 'forks',
    isolate: false,
    experimental: { viteModuleRunner: false, nodeLoader: false },
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
