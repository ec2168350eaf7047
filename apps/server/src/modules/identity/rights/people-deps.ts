// What the rules about people need of the rest of the program.
import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import type { Events } from '../../../platform/events/create-events.ts';
import type { Log } from '../../../platform/log.ts';
import type { Directory } from '../../tenancy/index.ts';

export type PeopleDeps = { db: Database; events: Events; clock: Clock; log: Log; directory: Directory };
