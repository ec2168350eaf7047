// `doctor`: looks at everything a server needs and says, line by line, what is well and what to do about the rest.
import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { Environment } from '../main.ts';
import { type Config, readConfig } from '../platform/config.ts';
import { inspectServer } from '../platform/db/inspect-server.ts';
import { parseMasterKey } from '../platform/keys/index.ts';

type Finding = { what: string; ok: boolean; say: string };

/** Prints the findings; exits with 1 when one of them is bad. */
export async function doctor(env: Environment): Promise<void> {
  const findings: Finding[] = [checkNode()];
  const config = readConfig(env);
  findings.push({
    what: 'configuration',
    ok: true,
    say: config.embedded ? `embedded database in ${config.settings.DATA_DIR}` : 'external database',
  });
  findings.push(checkKey(config));
  if (!config.embedded) {
    findings.push(await checkDatabase('main', config.settings.DATABASE_URL!));
    for (const [region, url] of Object.entries(config.regions))
      findings.push(await checkDatabase(region, url));
  }
  if (config.settings.REDIS_URL) findings.push(await checkRedis(config.settings.REDIS_URL));
  for (const { what, ok, say } of findings)
    process.stdout.write(`${ok ? 'ok  ' : 'BAD '} ${what.padEnd(20)} ${say}\n`);
  if (findings.some((finding) => !finding.ok)) process.exitCode = 1;
}

function checkNode(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return {
    what: 'node',
    ok: major >= 24,
    say: major >= 24 ? process.version : `${process.version}: run it through npm, which brings Node 24 along`,
  };
}

function checkKey({ settings, embedded }: Config): Finding {
  if (settings.ENCRYPTION_KEY) {
    try {
      parseMasterKey(settings.ENCRYPTION_KEY);
      return { what: 'encryption key', ok: true, say: 'given' };
    } catch (error) {
      return { what: 'encryption key', ok: false, say: (error as Error).message };
    }
  }
  const made = existsSync(`${settings.DATA_DIR}/keys/encryption-key`);
  return {
    what: 'encryption key',
    ok: embedded,
    say: made ? 'in the data folder' : 'will be made at the first start',
  };
}

async function checkDatabase(name: string, url: string): Promise<Finding> {
  const what = `database ${name}`;
  try {
    const { version, isSuperuser, createsRoles, hasVector } = await inspectServer(url);
    if (version < 15) return { what, ok: false, say: `PostgreSQL ${version}: 15 or newer is needed` };
    if (!isSuperuser && !createsRoles)
      return { what, ok: false, say: 'the role of DATABASE_URL needs CREATEROLE' };
    if (!hasVector) return { what, ok: false, say: 'the pgvector extension is not installed on the server' };
    return { what, ok: true, say: `PostgreSQL ${version} with pgvector` };
  } catch (error) {
    return { what, ok: false, say: (error as Error).message };
  }
}

async function checkRedis(url: string): Promise<Finding> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 3_000, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    await redis.connect();
    await redis.ping();
    return { what: 'redis', ok: true, say: 'answers' };
  } catch (error) {
    return { what: 'redis', ok: false, say: (error as Error).message };
  } finally {
    redis.disconnect();
  }
}
