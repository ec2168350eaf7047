// What calls of a model would cost in a workspace, for who wants to know before making many of them.
import type { Gateway } from '../index.ts';
import { type Price, priceCall } from '../ledger/index.ts';
import { planCall } from './plan-call.ts';

export type Quote = {
  /** Micro-units of `currency` for so many tokens at the dearest target that may answer; null when a price is not known. */
  costOf(inputTokens: number, outputTokens: number): number | null;
  currency: string | null;
};

/** Looks up what would answer for the model; throws `model_not_found` with what there is, or `model_not_allowed`. */
export async function quoteModel(
  gateway: Gateway,
  at: { organizationId: string; workspaceId: string; model: string },
): Promise<Quote> {
  const nowMs = gateway.deps.clock.now();
  const grounds = await gateway.loadGrounds(at.organizationId, at.workspaceId);
  const wish = {
    model: at.model,
    surface: 'chat.completions' as const,
    callerId: at.workspaceId,
    userId: undefined,
  };
  const { options } = planCall({ health: gateway.health, prices: gateway.prices, nowMs }, grounds, wish);
  const prices = options.map(({ target }) =>
    gateway.prices.find(target.priced_as.provider, target.priced_as.model, nowMs, at.organizationId),
  );
  const known = prices.filter((price): price is Price => price !== undefined);
  const isKnown = known.length === prices.length && new Set(known.map((price) => price.currency)).size === 1;
  return {
    currency: isKnown ? known[0]!.currency : null,
    costOf(input_tokens, output_tokens) {
      if (!isKnown) return null;
      const tokens = { input_tokens, output_tokens, cached_input_tokens: 0, reasoning_tokens: 0 };
      return Math.max(...known.map((price) => priceCall(tokens, price).cost_micros!));
    },
  };
}
