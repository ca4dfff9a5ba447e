import type {
  envoy_config_core_v3_DataSource,
  envoy_extensions_transport_sockets_tls_v3_Secret,
} from '../../gen/messages.ts';
import { keyOf } from '../../model/object.ts';
import type { Credential } from '../../model/snapshot.ts';
import { type CompiledResource, toResource } from '../resource.ts';

/** What a secret is asked for as: a certificate with its key, or roots to check others' by. */
export type SecretRole = 'certificate' | 'roots';

/** Compiles a credential into the secret that is asked for by `name`; `undefined` when it holds nothing of that role. */
export function compileSecret(name: string, role: SecretRole, credential: Credential): CompiledResource | undefined {
  const secret = role === 'certificate' ? compileCertificate(name, credential) : compileRoots(name, credential);
  return (
    secret && toResource('envoy.extensions.transport_sockets.tls.v3.Secret', name, secret, [keyOf(credential.meta)])
  );
}

function compileCertificate(
  name: string,
  { certificate }: Credential,
): envoy_extensions_transport_sockets_tls_v3_Secret | undefined {
  if (certificate === undefined) return undefined;
  const { chainPem, keyPem, ocspStaple } = certificate;
  return {
    name,
    tls_certificate: {
      certificate_chain: inline(chainPem),
      private_key: inline(keyPem),
      ...(ocspStaple !== undefined && { ocsp_staple: { inline_bytes: Buffer.from(ocspStaple, 'base64') } }),
    },
  };
}

function compileRoots(
  name: string,
  { caPem, crlPem }: Credential,
): envoy_extensions_transport_sockets_tls_v3_Secret | undefined {
  if (caPem === undefined) return undefined;
  return {
    name,
    validation_context: { trusted_ca: inline(caPem), ...(crlPem !== undefined && { crl: inline(crlPem) }) },
  };
}

/** As bytes, which `config_dump` hides; Envoy would print a string. */
function inline(pem: string): envoy_config_core_v3_DataSource {
  return { inline_bytes: Buffer.from(pem) };
}
