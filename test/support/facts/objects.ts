import { readFileSync } from 'node:fs';

/*
 * Objects as users write them, short enough that a row of a table and its input fit into a few lines: a specification is YAML in flow style.
 */

/** What an object may say beside its name and specification. */
export interface Metadata {
  readonly namespace?: string;
  /** RFC 3339; orders objects by age. */
  readonly created?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A day that is older than `LATER`. */
export const EARLIER = '2024-01-01T00:00:00Z';
export const LATER = '2025-01-01T00:00:00Z';

/** Makes objects of one kind. */
type Write = (name: string, spec: string, metadata?: Metadata) => string;

export const virtualService = writerOf('networking.istio.io/v1', 'VirtualService');
export const destinationRule = writerOf('networking.istio.io/v1', 'DestinationRule');
export const serviceEntry = writerOf('networking.istio.io/v1', 'ServiceEntry');
export const sidecar = writerOf('networking.istio.io/v1', 'Sidecar');
export const service = writerOf('v1', 'Service');
export const envoyFilter = writerOf('networking.istio.io/v1alpha3', 'EnvoyFilter');
export const peerAuthentication = writerOf('security.istio.io/v1', 'PeerAuthentication');

const anyGateway = writerOf('networking.istio.io/v1', 'Gateway');

/** A Gateway of `istio-system`, on the proxies that are called `istio: ingressgateway`; `servers` is a list in YAML. */
export function gateway(name: string, servers: string, metadata: Metadata = {}): string {
  const spec = `{ selector: { istio: ingressgateway }, servers: ${servers} }`;
  return anyGateway(name, spec, { namespace: 'istio-system', ...metadata });
}

/** The settings of the mesh, in YAML. */
export function meshConfig(mesh: string): string {
  const data = JSON.stringify({ mesh });
  return `{ apiVersion: v1, kind: ConfigMap, metadata: { name: istio, namespace: istio-system }, data: ${data} }`;
}

/** `echo` of namespace `default`: 10.96.0.10 with the ports http 80 (to 8080), grpc-api 7070, tcp-db 9000 and auto 9100. */
export const ECHO = readShared('echo');
/** Two ready pods of `echo`, 10.1.0.1 (v1, with mutual TLS) and 10.1.0.2 (v2, without), both of service account `echo-sa`. */
export const ECHO_PODS = readShared('echo-pods');
/** `other` of namespace `other`: 10.96.0.20 with the port http 80. */
export const OTHER = readShared('other');
/** The Secret `cred` of `istio-system`, with authorities. */
export const CREDENTIAL = readShared('credential');

function readShared(name: string): string {
  return readFileSync(new URL(`../../golden/shared/${name}.yaml`, import.meta.url), 'utf8');
}

function writerOf(apiVersion: string, kind: string): Write {
  return (name, spec, { namespace = 'default', created, ...rest } = {}) => {
    const metadata = { name, namespace, ...(created && { creationTimestamp: created }), ...rest };
    return `{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: ${JSON.stringify(metadata)}, spec: ${spec} }`;
  };
}
