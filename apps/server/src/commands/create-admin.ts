// `create-admin EMAIL`: makes an administrator of the platform. The password is read from standard input when something is
// piped in, otherwise one is made and shown once.

import { buildApp } from '../app.ts';
import type { Environment } from '../main.ts';
import { ConfigurationError, readConfig } from '../platform/config.ts';
import { randomText } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';

/** Makes the administrator, or gives an existing account the right and the new password. */
export async function createAdmin(env: Environment, args: string[]): Promise<void> {
  const [email] = args;
  if (!email?.includes('@'))
    throw new ConfigurationError('Name the e-mail address: create-admin you@example.com');
  const config = readConfig(env);
  const given = process.stdin.isTTY ? '' : (await readAll(process.stdin)).trim();
  const password = given || randomText(20);
  const app = await buildApp({
    config: { ...config, devMode: false },
    log: createLog(config.settings.LOG_LEVEL),
  });
  try {
    await app.createPlatformAdmin({ email, password });
    process.stdout.write(`${email} can sign in as administrator of the platform.\n`);
    if (!given) process.stdout.write(`Password (shown once): ${password}\n`);
  } finally {
    await app.stop();
  }
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += chunk;
    if (text.length > 1_000) break;
  }
  return text;
}
