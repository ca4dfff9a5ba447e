import type { Gateway, GatewayServer, ServerTls } from '../../src/model/gateway.ts';
import type { Meta } from '../../src/model/object.ts';
import type { Protocol } from '../../src/model/protocol.ts';
import { meta } from './model.ts';

/** A Gateway of `istio-system` that selects every gateway workload. */
export function gateway(
  name: string,
  servers: readonly GatewayServer[],
  { namespace = 'istio-system', ...rest }: Partial<Meta> = {},
): Gateway {
  const [first, ...others] = servers;
  if (first === undefined) throw new Error('a Gateway has at least one server');
  return { meta: meta('Gateway', namespace, name, rest), servers: [first, ...others] };
}

/** A server whose port is called by protocol and number, unless `name` says otherwise. */
export function gatewayServer(
  number: number,
  protocol: Protocol,
  hosts: GatewayServer['hosts'],
  { name = `${protocol}-${number}`, ...rest }: Partial<Omit<GatewayServer, 'port' | 'hosts'>> = {},
): GatewayServer {
  return { port: { number, name, protocol }, hosts, httpsRedirect: false, ...rest };
}

/** TLS with the credential `cred`; the modes that have no certificate of their own get none. */
export function serverTls(mode: ServerTls['mode'], rest: Partial<ServerTls> = {}): ServerTls {
  const isOwn = mode === 'simple' || mode === 'mutual' || mode === 'optional-mutual';
  return {
    mode,
    certificate: isOwn ? { kind: 'credential', names: ['cred'] } : { kind: 'none' },
    subjectAltNames: [],
    verifyCertificateSpki: [],
    verifyCertificateHash: [],
    minVersion: 'TLS_AUTO',
    maxVersion: 'TLS_AUTO',
    cipherSuites: [],
    insecureSkipVerify: false,
    ...rest,
  };
}
