// Prices to look at: everything that was published, for the platform; what holds, for an organization.
import type { Actor } from '../../../platform/actor.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { presentPrice, readPriceCursor, type ShownPrice, writePriceCursor } from './present-price.ts';
import { listHolding, listPublished, type PriceFilter, type PriceRow } from './store.ts';

type Page = { limit: number; cursor?: string | undefined };
type Pages = Promise<{ data: ShownPrice[]; next_cursor: string | null }>;

/** A page of everything published, newest version first. */
export async function listPublishedPrices(
  deps: Pick<GatewayDeps, 'db'>,
  input: PriceFilter & Page & { version?: number | undefined },
): Pages {
  const after = readPriceCursor(input.cursor, ['number', 'string', 'string', 'number']);
  const rows = await deps.db.asPlatform(null, (tx) =>
    listPublished(tx, input, { limit: input.limit, after }),
  );
  return pageOf(rows, input.limit, (row) => [row.version, row.provider, row.model, row.valid_from]);
}

/** A page of the prices that hold for the actor's organization now, or at a moment; its own go before the public ones. */
export async function listOwnPrices(
  deps: Pick<GatewayDeps, 'db' | 'clock'>,
  actor: Actor,
  input: PriceFilter & Page & { at?: string | undefined },
): Pages {
  const after = readPriceCursor(input.cursor, ['string', 'string']);
  const at = input.at === undefined ? deps.clock.now() : Date.parse(input.at);
  const rows = await deps.db.as(actor, (tx) =>
    listHolding(tx, actor.organization_id, { ...input, at, after }),
  );
  return pageOf(rows, input.limit, (row) => [row.provider, row.model]);
}

function pageOf(rows: PriceRow[], limit: number, fieldsOf: (row: PriceRow) => (string | number)[]) {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    data: page.map(presentPrice),
    next_cursor: rows.length > limit && last ? writePriceCursor(fieldsOf(last)) : null,
  };
}
