import type { envoy_extensions_transport_sockets_tls_v3_TlsParameters as TlsParameters } from '../gen/messages.ts';
import type { CompliancePolicy } from '../model/mesh-features.ts';

/** Suites that both policies leave of those of TLS 1.2. */
const APPROVED_SUITES: readonly string[] = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];

/**
 * Narrows versions, ciphers and curves down to what a policy allows, whoever asked for more. It comes last, for every TLS context that there is.
 *
 * FIPS 140-2 adds no suites and no curves where none were said: the Envoy that is built for it has no others.
 * @returns `undefined` where there was nothing and nothing is to be said.
 * @see istio pkg/model/fips.go `EnforceCompliance`
 */
export function enforceCompliance(
  policy: CompliancePolicy,
  params: TlsParameters | undefined,
): TlsParameters | undefined {
  switch (policy) {
    case 'none':
      return params;
    case 'fips-140-2':
      return toFips(params ?? {});
    case 'pqc':
      return {
        ...params,
        tls_minimum_protocol_version: 'TLSv1_3',
        cipher_suites: APPROVED_SUITES,
        ecdh_curves: ['X25519MLKEM768'],
      };
  }
}

function toFips({ ecdh_curves: _, cipher_suites: suites = [], ...rest }: TlsParameters): TlsParameters {
  const allowed = suites.filter((suite) => APPROVED_SUITES.includes(suite));
  return {
    ...rest,
    tls_minimum_protocol_version: 'TLSv1_2',
    tls_maximum_protocol_version: 'TLSv1_2',
    ...(allowed.length > 0 && { cipher_suites: allowed }),
  };
}
