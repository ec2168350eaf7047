// The fields that many endpoints share, each with its bound: what a slug, a page or a moment is, said once.
import { z } from 'zod';

/** A UUID in lower case; any version, because the well-known default ids are not versioned. */
export const id = z.guid().toLowerCase();
const firstMoment = Date.parse('0001-01-01T00:00:00Z');
const lastMoment = Date.parse('9999-12-31T23:59:59.999Z');
/** No clock on earth has another offset, and the database knows none beyond 15:59. */
const realOffset = /(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;
/** A moment, RFC 3339; of the years 1 to 9999 and with an offset that both JavaScript and the database can say. */
export const moment = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine(
    (given) => Date.parse(given) >= firstMoment && Date.parse(given) <= lastMoment && realOffset.test(given),
    'Give a moment of the years 1 to 9999, with an offset of at most 14 hours.',
  );
export const slug = z
  .string()
  .min(1)
  .max(63)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    'Use lower-case letters, digits and hyphens, with a letter or digit at both ends.',
  );
export const name = z.string().trim().min(1).max(200);
export const description = z.string().max(2_000);
export const email = z.email().max(254).toLowerCase();
/** New passwords: length is what counts (NIST SP 800-63B); weak and breached ones are refused on top. */
export const password = z.string().min(1).max(200);
/** Money in millionths of the currency beside it. */
export const micros = z.int();
export const currency = z.string().length(3);

/** What every list takes: at most `limit` rows after `cursor`. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional(),
});

/** What every list answers; `next_cursor` is null on the last page. */
export function pageOf<T extends z.ZodType>(row: T) {
  return z.object({ data: z.array(row), next_cursor: z.string().nullable() });
}

/** A JSON object of bounded size for settings whose fields belong to somebody else. */
export const freeObject = z
  .record(z.string().max(200), z.unknown())
  .refine((value) => JSON.stringify(value).length <= 64_000, 'At most 64,000 characters of JSON.');
