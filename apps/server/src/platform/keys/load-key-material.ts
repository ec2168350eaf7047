// The two secrets of an installation: from the environment, or (embedded database only) generated once into the data folder.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigurationError } from '../config.ts';
import { createKeyring, type Keyring } from './create-keyring.ts';
import { parseMasterKey, parsePreviousMasterKeys } from './parse-master-key.ts';
import { createSigner, type Signer } from './signing.ts';

/** Reads or makes the key material; refuses to make a new master key beside data that another one has sealed. */
export function loadKeyMaterial(config: Config): { keyring: Keyring; signer: Signer } {
  const { settings } = config;
  const folder = join(settings.DATA_DIR, 'keys');
  const hasData = existsSync(join(settings.DATA_DIR, 'database'));
  const made = (name: string, make: () => string) => {
    const file = join(folder, name);
    if (existsSync(file)) return readFileSync(file, 'utf8').trim();
    if (hasData)
      throw new ConfigurationError(
        `${file} is missing, but ${settings.DATA_DIR} holds data sealed with it. Put the file back, or give the key in the environment.`,
      );
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const value = make();
    writeFileSync(file, `${value}\n`, { mode: 0o600, flag: 'wx' });
    return value;
  };
  const master = settings.ENCRYPTION_KEY ?? made('encryption-key', () => randomBytes(32).toString('base64'));
  const keyring = createKeyring({
    masterKeys: [parseMasterKey(master), ...parsePreviousMasterKeys(settings.ENCRYPTION_KEY_PREVIOUS)],
  });
  if (settings.JWT_KEY_FILE) return { keyring, signer: createSigner({ keyFile: settings.JWT_KEY_FILE }) };
  return {
    keyring,
    signer: createSigner({
      secret: settings.JWT_SECRET ?? made('jwt-secret', () => randomBytes(48).toString('base64')),
    }),
  };
}
