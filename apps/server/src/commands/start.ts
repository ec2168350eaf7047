// `start`: the server, until it is told to stop. Prints its address, the development login, what was chosen, what to do next.
import { once } from 'node:events';
import type { App } from '../app.ts';
import type { Environment } from '../main.ts';
import { type Config, readConfig } from '../platform/config.ts';
import { startInFolder } from '../platform/db/start-in-folder.ts';
import { loadKeyMaterial } from '../platform/keys/load-key-material.ts';
import { createLog } from '../platform/log.ts';

/** Runs the server until SIGINT or SIGTERM; requests under way are finished first. */
export async function start(env: Environment): Promise<void> {
  const config = readConfig(env);
  const log = createLog(config.settings.LOG_LEVEL);
  const onLost = () => process.exit(70);
  loadKeyMaterial(config); // a first start makes the keys before there is anything they could have sealed
  // The database comes up in its thread while the server's own modules are being loaded.
  const early = config.embedded ? { embedded: startInFolder({ config, log, onLost }) } : {};
  early.embedded?.catch(() => {}); // whoever waits for it is told
  const { buildApp } = await import('../app.ts');
  const app = await buildApp({ config, log, onLost, ...early });
  const { SERVER_HOST: host, SERVER_PORT: port } = config.settings;
  await app.http.listen({ host, port, backlog: 4_096 }).catch(async (error: unknown) => {
    await app.stop();
    throw error;
  });
  const seconds = (performance.now() / 1_000).toFixed(1);
  process.stdout.write(`${greeting(app, config, seconds)}\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const { DRAIN_SECONDS, STOP_SECONDS } = config.settings;
  log.info({ drain_seconds: DRAIN_SECONDS }, 'stopping: finishing what is under way');
  const giveUp = setTimeout(() => process.exit(1), (DRAIN_SECONDS + STOP_SECONDS) * 1_000);
  giveUp.unref();
  await app.drain(DRAIN_SECONDS * 1_000);
  await app.stop();
  clearTimeout(giveUp);
}

function greeting(app: App, config: Config, seconds: string): string {
  const address = app.http.server.address();
  const port = typeof address === 'object' && address ? address.port : config.settings.SERVER_PORT;
  const host = config.settings.SERVER_HOST.includes(':')
    ? `[${config.settings.SERVER_HOST}]`
    : config.settings.SERVER_HOST;
  const url = config.settings.PUBLIC_URL ?? `http://${host}:${port}`;
  const regions = Object.keys(config.regions);
  const database = config.embedded ? `embedded PostgreSQL in ${config.settings.DATA_DIR}` : 'PostgreSQL';
  const shared = config.settings.REDIS_URL ? 'Redis' : 'in memory';
  return [
    '',
    `  Insula is ready in ${seconds} s:  ${url}`,
    '',
    `  database  ${database}${regions.length > 0 ? `, regions ${regions.join(', ')}` : ''}`,
    `  limits    ${shared}`,
    `  files     ${config.settings.S3_BUCKET ? `S3 bucket ${config.settings.S3_BUCKET}` : `${config.settings.DATA_DIR}/blobs`}`,
    `  mail      ${config.settings.SMTP_URL ? 'SMTP' : 'none: invitation links are shown instead'}`,
    ...(config.devMode
      ? [`  login     admin@localhost / admin123  (development mode, this machine only)`]
      : []),
    `  providers ${[...app.providersFound].join(', ') || 'none yet'}`,
    '',
    `  API documentation: ${url}/docs`,
    `  Next: ${nextStep(app, config, url)}`,
    '',
  ].join('\n');
}

function nextStep(app: App, config: Config, url: string): string {
  if (!config.devMode)
    return 'make the first administrator with: npm run insula -- create-admin you@example.com';
  if (app.providersFound.size > 0) return `npm run insula -- quickstart --url ${url}`;
  return 'start Ollama or set OPENAI_API_KEY and restart, or add a provider credential; see README.md, "Five minutes".';
}
