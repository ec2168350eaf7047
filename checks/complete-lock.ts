// Run by hand after an install when the check says that package-lock.json lacks packages of other platforms.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completeLock } from './lock.ts';

const path = join(import.meta.dirname, '../package-lock.json');
writeFileSync(path, completeLock(readFileSync(path, 'utf8')));
