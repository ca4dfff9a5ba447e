import { readProxyConfig } from '../../config/mesh/read-proxy-config.ts';
import type { ProxyConfig } from '../../model/mesh-config.ts';
import type { Capabilities, InterceptionMode, IpMode, Locality, Proxy } from '../../model/proxy.ts';
import { declareFaults } from '../../kit/fault.ts';
import type { ProxyNode } from '../../xds/node.ts';
import { isIP, isIPv4 } from 'node:net';
import { Interned } from './interned.ts';
import { parseSettings, readString, readStringMap } from './metadata.ts';

const nodeFault = declareFaults({
  NODE_ID_INVALID: {
    blame: 'caller',
    retry: false,
    meaning: 'The node id of a proxy is not `type~ip~name.namespace~domain`, or its type is not served.',
  },
});

/** What a node says of itself, before anything that the mesh knows about it is added. */
export interface NodeFacts extends Omit<Proxy, 'proxyConfig' | 'version'> {
  /** The proxy's own ProxyConfig, when it sent one. */
  readonly proxyConfig: ProxyConfig | undefined;
  /** Empty when it sent none. */
  readonly istioVersion: string;
}

/**
 * Reads a proxy's node id and metadata.
 *
 * A proxy counts as having an identity when its stream came over TLS, or when an agent wrote `ISTIO_VERSION` into its metadata: agents bring
 * the `sds-grpc` cluster along, and a bare Envoy has nobody to ask for certificates.
 * @throws Fault `NODE_ID_INVALID`
 * @see istio pilot/pkg/model/context.go `ParseServiceNodeWithMetadata`
 */
export function parseNode(node: ProxyNode, transport: 'plaintext' | 'tls', defaults: { cluster: string }): NodeFacts {
  const [type, ip, name, dnsDomain, ...rest] = node.id.split('~');
  if (ip === undefined || name === undefined || dnsDomain === undefined || rest.length > 0) {
    throw nodeFault('NODE_ID_INVALID', `node id "${node.id}" is not of the form type~ip~name.namespace~domain`);
  }
  if (type !== 'sidecar' && type !== 'router') {
    throw nodeFault('NODE_ID_INVALID', `proxies of type "${type}" are not served: expected sidecar or router`);
  }
  const ipAddresses = parseAddresses(node, ip);
  const { metadata } = node;
  const version = readString(metadata, 'ISTIO_VERSION');
  const namespace = readString(metadata, 'NAMESPACE') || namespaceOf(dnsDomain);
  return {
    id: node.id,
    type,
    ipAddresses,
    ipMode: ipModeOf(ipAddresses),
    name: name.endsWith(`.${namespace}`) ? name.slice(0, -namespace.length - 1) : name,
    dnsDomain,
    namespace,
    labels: { ...readStringMap(metadata, 'STATIC_LABELS'), ...readStringMap(metadata, 'LABELS') },
    cluster: readString(metadata, 'CLUSTER_ID') || defaults.cluster,
    network: readString(metadata, 'NETWORK'),
    nodeName: readString(metadata, 'NODE_NAME'),
    locality: localityOf(node.locality.region, node.locality.zone, node.locality.subZone),
    interception: parseInterception(readString(metadata, 'INTERCEPTION_MODE')),
    capabilities: capabilitiesOf(node.extensions, transport === 'tls' || version !== ''),
    settings: parseSettings(metadata),
    proxyConfig: readProxyConfig(metadata.PROXY_CONFIG),
    istioVersion: version,
    metadata,
  };
}

/** `ns` of `ns.svc.cluster.local`; empty for a domain that has only one part. */
function namespaceOf(dnsDomain: string): string {
  const [first = '', ...rest] = dnsDomain.split('.');
  return rest.length > 0 ? first : '';
}

function parseAddresses(node: ProxyNode, fromId: string): readonly [string, ...string[]] {
  const listed = readString(node.metadata, 'INSTANCE_IPS')
    .split(',')
    .map((ip) => ip.trim());
  const [first, ...rest] = listed.every((ip) => isIP(ip) !== 0) ? listed : [fromId];
  if (first === undefined || isIP(first) === 0) {
    throw nodeFault('NODE_ID_INVALID', `node id "${node.id}" carries no IP address`);
  }
  return [first, ...rest];
}

function ipModeOf(addresses: readonly string[]): IpMode {
  if (addresses.every((ip) => isIPv4(ip))) return 'ipv4';
  return addresses.some((ip) => isIPv4(ip)) ? 'dual' : 'ipv6';
}

function parseInterception(text: string): InterceptionMode {
  return text === 'NONE' || text === 'TPROXY' ? text : 'REDIRECT';
}

const localities = new Interned<Locality>();

/** One instance for all proxies of a zone: what is compiled for one of them is found again for the others. */
export function localityOf(region: string, zone: string, subzone: string): Locality {
  return localities.get(`${region}/${zone}/${subzone}`, () => ({ region, zone, subzone }));
}

const interned = new WeakMap<ReadonlySet<string>, Map<boolean, Capabilities>>();

/** One value per build of Envoy: the set of extensions is shared between its proxies, and so is what follows from it. */
function capabilitiesOf(extensions: ReadonlySet<string>, hasIdentity: boolean): Capabilities {
  const variants = interned.get(extensions) ?? new Map<boolean, Capabilities>();
  interned.set(extensions, variants);
  const known = variants.get(hasIdentity);
  if (known !== undefined) return known;
  const capabilities: Capabilities = {
    identity: hasIdentity ? 'agent' : 'none',
    istioFilters: extensions.has('istio.metadata_exchange') || extensions.has('istio_authn'),
    extensions,
  };
  variants.set(hasIdentity, capabilities);
  return capabilities;
}
