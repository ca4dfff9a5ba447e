import { isIP } from 'node:net';
import type {
  envoy_extensions_transport_sockets_tls_v3_CertificateValidationContext,
  envoy_extensions_transport_sockets_tls_v3_SubjectAltNameMatcher,
} from '../gen/messages.ts';

type SanType = NonNullable<envoy_extensions_transport_sockets_tls_v3_SubjectAltNameMatcher['san_type']>;

/** A certificate must carry one of `names`; with none given, no name is asked for. */
export function matchAnyName(
  names: readonly string[],
): envoy_extensions_transport_sockets_tls_v3_CertificateValidationContext {
  if (names.length === 0) return {};
  return {
    match_typed_subject_alt_names: names.map((exact) => ({ san_type: findSanType(exact), matcher: { exact } })),
  };
}

/** Envoy matches by type of name, users only write the name; its form tells. */
function findSanType(name: string): SanType {
  if (name.includes('://')) return 'URI';
  if (isIP(name) !== 0) return 'IP_ADDRESS';
  return name.includes('@') ? 'EMAIL' : 'DNS';
}
