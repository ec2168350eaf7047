// Reading the certificate of a deleted organization.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { TenancyDeps } from '../tenancy-deps.ts';
import type { Certificate } from './sign-certificate.ts';
import { findRecord } from './store.ts';

/** The certificate, or undefined when no such organization was deleted, or its deletion is not finished. */
export async function findCertificate(
  deps: Pick<TenancyDeps, 'db'>,
  organizationId: string,
): Promise<Certificate | undefined> {
  const record = await deps.db.asPlatform(null, (tx) => findRecord(tx, organizationId));
  return record && 'signature' in record ? (record as Certificate) : undefined;
}

/** The certificate; throws `certificate_not_found`. */
export async function getCertificate(
  deps: Pick<TenancyDeps, 'db'>,
  organizationId: string,
): Promise<Certificate> {
  const certificate = await findCertificate(deps, organizationId);
  if (!certificate) throw tenancyProblem('certificate_not_found');
  return certificate;
}
