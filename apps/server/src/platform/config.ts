// The whole configuration: one tree, read once by main.ts, so that what a server does can be said in one place.
// Presence chooses the driver: no DATABASE_URL → embedded database; REDIS_URL → Redis; SMTP_URL → mail.
import { isIP } from 'node:net';
import { z } from 'zod';

const text = z.string().min(1).max(4_096);
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'])
  .transform((v) => v === 'true' || v === '1' || v === 'yes');
const hosts = text.transform((value, context) => {
  const list = value.startsWith('[') ? parseList(value) : value.split(',').map((h) => h.trim());
  if (!list || list.some((h) => typeof h !== 'string' || h === '')) {
    context.addIssue({ code: 'custom', message: 'Give host names, comma-separated or as a JSON list.' });
    return z.NEVER;
  }
  return list as string[];
});

function parseList(value: string): unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** Every setting, by the name of its environment variable; the description is what docs/configuration.md says. */
const settings = {
  SERVER_HOST: text.default('127.0.0.1').describe('Address to listen on.'),
  SERVER_PORT: whole(0, 65_535).default(8000).describe('Port to listen on; 0 takes a free one.'),
  PUBLIC_URL: z
    .url()
    .optional()
    .describe(
      'Address at which people reach this server, for links in mail. Default: the address listened on.',
    ),
  ALLOWED_HOSTS: hosts
    .optional()
    .describe(
      'Host names answered for, comma-separated or as a JSON list; `*` for any. Default: loopback names, SERVER_HOST and the host of PUBLIC_URL.',
    ),
  TRUST_PROXY: hosts
    .optional()
    .describe(
      'Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed, comma-separated. Default: none, the peer is the caller.',
    ),
  DATA_DIR: text.default('./data').describe('Folder of the embedded database, generated keys and files.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe(
      'PostgreSQL 15 or newer, as a role that may create roles and schemas. Default: the embedded database.',
    ),
  DATABASE_APP_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe(
      'Login the running server uses instead of the one it makes for itself; it must own nothing and not bypass row-level security.',
    ),
  DATABASE_POOL_SIZE: whole(2, 200)
    .default(16)
    .describe('Connections a server holds at most to each database cluster.'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('Redis for limits shared by several servers. Default: in memory.'),
  ENCRYPTION_KEY: text
    .optional()
    .describe(
      'Master key: 32 bytes in base64 or hex. Required with DATABASE_URL; generated into DATA_DIR otherwise.',
    ),
  ENCRYPTION_KEY_PREVIOUS: text
    .optional()
    .describe('Earlier master keys, comma-separated, while the rotation re-wraps what they wrapped.'),
  JWT_SECRET: text
    .optional()
    .describe(
      'Secret of at least 32 bytes from which the key that signs access tokens is derived. Required with DATABASE_URL unless JWT_KEY_FILE is given; generated into DATA_DIR otherwise.',
    ),
  JWT_KEY_FILE: text
    .optional()
    .describe('PEM file with an Ed25519 private key (PKCS 8) that signs access tokens.'),
  LOG_LEVEL: text
    .toLowerCase()
    .pipe(z.enum(['fatal', 'error', 'warn', 'warning', 'info', 'debug', 'trace', 'silent']))
    .transform((v) => (v === 'warning' ? 'warn' : v))
    .default('info')
    .describe('fatal, error, warn, info, debug or trace.'),
  LOCAL_DEV_MODE: flag
    .optional()
    .describe(
      'Organization `localhost` with admin@localhost / admin123, and a look for local model servers. Only on a loopback address. Default: on with the embedded database on loopback, off otherwise.',
    ),
  S3_BUCKET: text.optional().describe('Bucket for files. Default: files lie in DATA_DIR.'),
  S3_REGION: text.default('us-east-1').describe('Region of the bucket.'),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of a store other than Amazon’s that speaks the same protocol.'),
  S3_ACCESS_KEY_ID: text
    .optional()
    .describe('Key of the bucket; without it, the usual sources of the AWS client are used.'),
  S3_SECRET_ACCESS_KEY: text.optional().describe('Secret of that key.'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe('Mail server for invitations. Default: links are shown instead of mailed.'),
  MAIL_FROM: text.default('Insula <insula@localhost>').describe('Sender of mail.'),
  EGRESS_ALLOW: hosts
    .optional()
    .describe(
      'Private host names, addresses or CIDR ranges that provider base URLs may point to, comma-separated. Loopback is allowed in development mode.',
    ),
  SESSION_HOURS: z.coerce
    .number()
    .min(0.1)
    .max(720)
    .default(24)
    .describe('Hours after which a session ends whatever happens.'),
  SESSION_IDLE_HOURS: z.coerce
    .number()
    .min(0.1)
    .max(720)
    .default(12)
    .describe('Hours without a request after which a session ends.'),
  DRAIN_SECONDS: z.coerce
    .number()
    .min(0)
    .max(300)
    .default(0)
    .describe(
      'How long a server that was told to stop goes on answering while `/readyz` says 503, so that load balancers send new requests elsewhere.',
    ),
  STOP_SECONDS: z.coerce
    .number()
    .min(1)
    .max(3_600)
    .default(60)
    .describe('How long a server that stops waits for answers under way; what is left then is cut off.'),
  METRICS_TOKEN: text
    .optional()
    .describe(
      'Bearer token for `/metrics`. Default: `/metrics` answers connections from this machine only, and none with a header of a proxy. A proxy on this machine that adds no such header looks like the machine itself: set a token there.',
    ),
  CALLS_UNDER_WAY: whole(1, 1_000_000)
    .default(2_000)
    .describe(
      'Model calls that this server has under way at once; more wait, each organization in its turn.',
    ),
  CALLS_WAITING: whole(1, 1_000_000)
    .default(4_000)
    .describe('Model calls that wait at most while the server is saturated; more are answered 503.'),
  CALLS_WAIT_SECONDS: z.coerce
    .number()
    .min(0.1)
    .max(600)
    .default(30)
    .describe('Seconds that a model call waits at most while the server is saturated.'),
  SEARCH_MEMORY_MB: whole(64, 4_000)
    .default(1_024)
    .describe(
      'Megabytes in which this server keeps what it searches (some 0.6 kB a passage); what was not searched for longest makes room. Taken as it is used.',
    ),
  SEARCH_THREADS: whole(1, 64)
    .optional()
    .describe('Threads that search. Default: one fewer than the machine has processors, at most 4.'),
  MAX_DOCUMENT_MB: whole(1, 2_000)
    .default(50)
    .describe('Largest file that is taken as a document, in megabytes.'),
  WORKERS: whole(1, 64)
    .default(2)
    .describe(
      'Slices of work in the background, such as reading documents, that this server does at once; organizations take turns.',
    ),
  DEFAULT_RATE_LIMIT: whole(1, 1_000_000_000)
    .default(60)
    .describe('Requests a minute of an API key that names no limit of its own.'),
};

/** Keys of well-known providers in the environment are offered to the default workspace in development mode. */
export const providerKeyVariables: Record<string, string> = {
  OPENAI_API_KEY: 'openai',
  ANTHROPIC_API_KEY: 'anthropic',
  GEMINI_API_KEY: 'google',
  COHERE_API_KEY: 'cohere',
  MISTRAL_API_KEY: 'mistral',
  GROQ_API_KEY: 'groq',
  OPENROUTER_API_KEY: 'openrouter',
  TOGETHER_API_KEY: 'together',
  DEEPSEEK_API_KEY: 'deepseek',
};

const tree = z.object(settings);
type Settings = z.infer<typeof tree>;

export type Config = {
  settings: Settings;
  devMode: boolean;
  embedded: boolean;
  /** Database clusters beyond `main`, by region: DATABASE_URL_EU → `eu`. */
  regions: Record<string, string>;
  /** Provider → key, from the environment. */
  providerKeys: Record<string, string>;
  allowedHosts: string[] | '*';
};

/** A configuration that cannot work, said in words for the operator. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Reads the configuration from `env`; throws a ConfigurationError that names every setting that is wrong. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.keys(settings).map((k) => [k, env[k] === '' ? undefined : env[k]]));
  const read = tree.safeParse(given);
  if (!read.success) {
    const said = read.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
    throw new ConfigurationError(`The configuration is not valid.\n  ${said.join('\n  ')}`);
  }
  const s = read.data;
  const embedded = s.DATABASE_URL === undefined;
  const loopback = isLoopback(s.SERVER_HOST);
  const devMode = s.LOCAL_DEV_MODE ?? (embedded && loopback);
  refuseUnsafe(s, { embedded, loopback, devMode });
  const regions = Object.entries(env).flatMap(([k, v]) =>
    k.startsWith('DATABASE_URL_') && v ? [[k.slice(13).toLowerCase(), v] as const] : [],
  );
  const keys = Object.entries(providerKeyVariables).flatMap(([k, provider]) =>
    env[k] ? [[provider, env[k]] as const] : [],
  );
  return {
    settings: s,
    devMode,
    embedded,
    regions: Object.fromEntries(regions),
    providerKeys: Object.fromEntries(keys),
    allowedHosts: allowedHostsOf(s),
  };
}

function refuseUnsafe(s: Settings, facts: { embedded: boolean; loopback: boolean; devMode: boolean }): void {
  if (facts.devMode && !facts.loopback) {
    throw new ConfigurationError(
      `LOCAL_DEV_MODE opens this server with a known password, so it only listens on a loopback address, not on ${s.SERVER_HOST}. Set LOCAL_DEV_MODE=false, or SERVER_HOST=127.0.0.1.`,
    );
  }
  if (!facts.embedded && !s.ENCRYPTION_KEY) {
    throw new ConfigurationError(
      'With DATABASE_URL, ENCRYPTION_KEY must be given. Make one with: openssl rand -base64 32',
    );
  }
  if (!facts.embedded && !s.JWT_SECRET && !s.JWT_KEY_FILE) {
    throw new ConfigurationError(
      'With DATABASE_URL, JWT_SECRET or JWT_KEY_FILE must be given. Make a secret with: openssl rand -base64 48',
    );
  }
}

/** Whether an address to listen on can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function allowedHostsOf(s: Settings): string[] | '*' {
  if (s.ALLOWED_HOSTS)
    return s.ALLOWED_HOSTS.includes('*') ? '*' : s.ALLOWED_HOSTS.map((h) => h.toLowerCase());
  const own = s.PUBLIC_URL ? [new URL(s.PUBLIC_URL).hostname] : [];
  return ['localhost', '127.0.0.1', '[::1]', s.SERVER_HOST.toLowerCase(), ...own];
}

/** docs/configuration.md, made from the settings above. */
export function renderConfigurationDocs(): string {
  const rows = Object.entries(settings).map(([key, setting]) => {
    const usual = setting.safeParse(undefined);
    const fallback = usual.success && usual.data !== undefined ? `\`${String(usual.data)}\`` : '';
    return `| \`${key}\` | ${setting.description ?? ''} | ${fallback} |`;
  });
  const keys = Object.entries(providerKeyVariables).map(
    ([k, provider]) =>
      `| \`${k}\` | Key of ${provider}, offered to the default workspace in development mode. | |`,
  );
  return `# Configuration

Insula is configured by environment variables alone. This page is generated from \`apps/server/src/platform/config.ts\`.

| variable | meaning | default |
| --- | --- | --- |
${rows.join('\n')}
| \`DATABASE_URL_<REGION>\` | A further database cluster; organizations with \`data_region\` \`<region>\` live there. | |
${keys.join('\n')}
`;
}
