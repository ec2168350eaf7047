// How many documents a workspace may have, by the plan of its organization.

/** From the product's tier table; plans that are not named have no limit. */
const allowedByPlan: Record<string, number> = { free: 100, starter: 500, pro: 5_000, professional: 5_000 };

/** The most documents of a workspace; infinity when the plan has no limit. */
export function documentsAllowed(planTier: string): number {
  return allowedByPlan[planTier] ?? Number.POSITIVE_INFINITY;
}
