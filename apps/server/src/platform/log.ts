// Structured logs. Secrets never reach them: what is logged are ids, codes and durations.
import pino from 'pino';

export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

/** A logger that writes JSON lines to standard error, so that standard output stays for what a person asked for. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['*.authorization', '*.api_key', '*.password', '*.secret'],
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
