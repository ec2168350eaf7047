// What a new organization was asked for, in either spelling, as provisioning takes it.
import { problem } from '@insula/contract';
import type { ConfigurationChange } from '@insula/contract/tenancy';
import { translateConfiguration } from '../configuration/translate-configuration.ts';
import type { NewOrganization } from './provision-organization.ts';

export type Wish = Omit<
  NewOrganization,
  'configuration' | 'plan_tier' | 'domain' | 'contact_email' | 'contact_name'
> & {
  domain?: string | null | undefined;
  contact_email?: string | null | undefined;
  contact_name?: string | null | undefined;
  plan_tier?: string | undefined;
  configuration?: ConfigurationChange | undefined;
  subscription?:
    | { plan?: string | undefined; tier?: string | undefined; maxUsers?: number | null | undefined }
    | undefined;
};

/** Reads the wish; throws `invalid_request` when the plan is said in two ways that differ. */
export function readNewOrganization(wish: Wish): NewOrganization {
  const { subscription, configuration, domain, contact_email, contact_name, ...rest } = wish;
  const plans = [wish.plan_tier, subscription?.plan, subscription?.tier].filter((plan) => plan !== undefined);
  if (new Set(plans).size > 1)
    throw problem('invalid_request', { detail: 'plan_tier: the plan is given twice, and differently.' });
  const maxUsers = wish.max_users ?? subscription?.maxUsers;
  return {
    ...rest,
    plan_tier: plans[0] ?? 'free',
    max_users: maxUsers ?? null,
    domain: domain ?? null,
    contact_email: contact_email ?? null,
    contact_name: contact_name ?? null,
    configuration: configuration ? translateConfiguration(configuration) : {},
  };
}
