import type { envoy_extensions_transport_sockets_tls_v3_TlsParameters as TlsParameters } from '../../gen/messages.ts';
import type { ServerTls, TlsVersion } from '../../model/gateway.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';

type EnvoyVersion = NonNullable<TlsParameters['tls_minimum_protocol_version']>;

const VERSIONS: Readonly<Record<TlsVersion, EnvoyVersion>> = {
  TLS_AUTO: 'TLS_AUTO',
  TLSV1_0: 'TLSv1_0',
  TLSV1_1: 'TLSv1_1',
  TLSV1_2: 'TLSv1_2',
  TLSV1_3: 'TLSv1_3',
};

/** Suites that BoringSSL knows by name; any other makes Envoy refuse the whole listener. */
const KNOWN_SUITES: ReadonlySet<string> = new Set([
  ...['ECDSA', 'RSA'].flatMap((key) => [
    `ECDHE-${key}-AES128-GCM-SHA256`,
    `ECDHE-${key}-AES256-GCM-SHA384`,
    `ECDHE-${key}-CHACHA20-POLY1305`,
    `ECDHE-${key}-AES128-SHA`,
    `ECDHE-${key}-AES256-SHA`,
  ]),
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
  'DES-CBC3-SHA',
  'ALL',
]);

/**
 * Compiles protocol versions, ciphers and curves: what a server says, else what the mesh says, else nothing, which leaves Envoy's own (TLS 1.2
 * and up).
 */
export function compileServerTlsParameters(
  { minVersion, maxVersion, cipherSuites }: ServerTls,
  defaults: MeshConfig['tlsDefaults'],
): TlsParameters | undefined {
  const own = listUsableSuites(cipherSuites);
  const suites = own.length > 0 ? own : listUsableSuites(defaults.cipherSuites);
  const minimum = minVersion === 'TLS_AUTO' ? toMeshMinimum(defaults.minVersion) : VERSIONS[minVersion];
  const params: TlsParameters = {
    ...(minimum && { tls_minimum_protocol_version: minimum }),
    ...(maxVersion !== 'TLS_AUTO' && { tls_maximum_protocol_version: VERSIONS[maxVersion] }),
    ...(suites.length > 0 && { cipher_suites: suites }),
    ...(defaults.ecdhCurves.length > 0 && { ecdh_curves: defaults.ecdhCurves }),
  };
  return Object.keys(params).length > 0 ? params : undefined;
}

/** The mesh asks for TLS 1.3 or is content with 1.2; older versions are a server's own choice only. */
function toMeshMinimum(version: TlsVersion): EnvoyVersion | undefined {
  if (version === 'TLS_AUTO') return undefined;
  return version === 'TLSV1_3' ? 'TLSv1_3' : 'TLSv1_2';
}

/** Known suites once each, and BoringSSL's own operators (`-SHA`, `[A|B]`), which are no names. */
export function listUsableSuites(suites: readonly string[]): readonly string[] {
  return [...new Set(suites)].filter((suite) => suite !== '' && (KNOWN_SUITES.has(suite) || !/^[a-z0-9]/i.test(suite)));
}
