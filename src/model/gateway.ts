import type { Labels, Meta } from './object.ts';
import type { Protocol } from './protocol.ts';

/** Protocol versions as Istio names them; `TLS_AUTO` leaves the choice to Envoy. */
export type TlsVersion = 'TLS_AUTO' | 'TLSV1_0' | 'TLSV1_1' | 'TLSV1_2' | 'TLSV1_3';

/** Where a server's certificate comes from; `none` is for the modes that have none of their own. */
export type ServerCertificate =
  | { readonly kind: 'none' }
  | { readonly kind: 'credential'; readonly names: readonly [string, ...string[]]; readonly caName?: string }
  | {
      readonly kind: 'files';
      readonly pairs: readonly [CertificateFiles, ...CertificateFiles[]];
      readonly caCertificates?: string;
      readonly caCrl?: string;
    };

/** Paths of a certificate chain and its private key, as the proxy sees them. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly privateKey: string;
}

/** How a server of a Gateway or Sidecar terminates TLS, or does not. */
export interface ServerTls {
  readonly mode: 'passthrough' | 'simple' | 'mutual' | 'optional-mutual' | 'istio-mutual' | 'auto-passthrough';
  readonly certificate: ServerCertificate;
  readonly subjectAltNames: readonly string[];
  readonly verifyCertificateSpki: readonly string[];
  readonly verifyCertificateHash: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  readonly cipherSuites: readonly string[];
  readonly insecureSkipVerify: boolean;
}

/** One server of a Gateway: a port, what it speaks, and for which hosts. */
export interface GatewayServer {
  readonly port: { readonly number: number; readonly name: string; readonly protocol: Protocol };
  /** As written, with `namespace/` prefixes normalised: `./h` carries the Gateway's namespace, `x/h` for any namespace is bare `h`. */
  readonly hosts: readonly [string, ...string[]];
  readonly bind?: string;
  readonly name?: string;
  readonly httpsRedirect: boolean;
  readonly tls?: ServerTls;
}

/** One Gateway. An absent selector selects every gateway proxy. */
export interface Gateway {
  readonly meta: Meta;
  readonly selector?: Labels;
  readonly servers: readonly [GatewayServer, ...GatewayServer[]];
}
