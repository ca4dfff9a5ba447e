import type { KubeServicePort } from '../../model/kubernetes.ts';
import { findProtocol, type Protocol } from '../../model/protocol.ts';

/** Names that Kubernetes itself defines for `appProtocol`. */
const KUBERNETES_PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ['kubernetes.io/h2c', 'http2'],
  ['kubernetes.io/ws', 'http'],
  ['kubernetes.io/wss', 'https'],
]);

/** Servers that speak first on these ports; sniffing them would wait for a client that says nothing (SMTP, DNS, MySQL, MongoDB). */
const SERVER_FIRST_PORTS: ReadonlySet<number> = new Set([25, 53, 3306, 27017]);

/**
 * The protocol of a Kubernetes Service's port: `appProtocol`, else the first word of the port's name, else `auto`.
 * @see istio pkg/config/kube/conversion.go `ConvertProtocol`
 */
export function selectProtocol(port: KubeServicePort): Protocol {
  if (port.protocol === 'UDP') return 'udp';
  const name = port.appProtocol ?? port.name;
  const known = KUBERNETES_PROTOCOLS.get(name) ?? findByPrefix(name);
  if (known !== undefined) return known;
  return port.appProtocol === undefined && SERVER_FIRST_PORTS.has(port.port) ? 'tcp' : 'auto';
}

function findByPrefix(name: string): Protocol | undefined {
  // The one protocol with a dash in its name.
  if (name.toLowerCase().startsWith('grpc-web')) return 'grpc-web';
  return findProtocol(name.split('-', 1)[0] ?? '');
}
