import { counter, gauge } from '../kit/metrics.ts';

/** Names as istiod's: operators' dashboards and alarms hold them. @see istio security/pkg/server/ca/monitoring.go */
export const csrs = counter({ name: 'citadel_server_csr_count', help: 'Requests for certificates that came.' });
/** Refused for want of an identity. */
export const authenticationFailures = counter({
  name: 'citadel_server_authentication_failure_count',
  help: 'Requests for certificates whose caller proved no identity.',
});
/** Malformed or unsigned. */
export const csrParsingErrors = counter({
  name: 'citadel_server_csr_parsing_err_count',
  help: 'Requests for certificates whose CSR could not be read or verified.',
});
/** Authenticated, yet without a name to sign for. */
export const idExtractionErrors = counter({
  name: 'citadel_server_id_extraction_err_count',
  help: 'Requests for certificates whose caller was known and had no identity to sign for.',
});
/** Everything between a good request and its certificate. */
export const signErrors = counter({
  name: 'citadel_server_csr_sign_err_count',
  help: 'Requests for certificates that could not be signed, by reason.',
  labels: ['error'],
});
/** Certificates handed out. */
export const issued = counter({
  name: 'citadel_server_success_cert_issuance_count',
  help: 'Certificates that were signed.',
});
/** Waiting for their turn. */
export const waiting = gauge({
  name: 'pilothouse_ca_waiting_requests',
  help: 'Requests for certificates that wait for their turn.',
});
const rootExpiry = gauge({
  name: 'citadel_server_root_cert_expiry_timestamp',
  help: 'When the first root certificate ends, in seconds since 1970.',
});
const rootExpirySeconds = gauge({
  name: 'citadel_server_root_cert_expiry_seconds',
  help: 'Seconds until the first root certificate ends; negative afterwards.',
});
const chainExpiry = gauge({
  name: 'citadel_server_cert_chain_expiry_timestamp',
  help: 'When the signing certificate ends, in seconds since 1970.',
});
const chainExpirySeconds = gauge({
  name: 'citadel_server_cert_chain_expiry_seconds',
  help: 'Seconds until the signing certificate ends; negative afterwards.',
});

/** Ends of the certificates of an authority, and the time now, in milliseconds since 1970. */
export interface Expiries {
  readonly rootMs: number;
  readonly chainMs: number;
  readonly nowMs: number;
}

/** Shows when the authority's certificates end. */
export function showExpiries({ rootMs, chainMs, nowMs }: Expiries): void {
  rootExpiry.set(Math.floor(rootMs / 1000));
  rootExpirySeconds.set(Math.floor((rootMs - nowMs) / 1000));
  chainExpiry.set(Math.floor(chainMs / 1000));
  chainExpirySeconds.set(Math.floor((chainMs - nowMs) / 1000));
}
