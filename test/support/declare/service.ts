import { addressOf } from './address.ts';
import { type Declared, type Identity, inFile, type Json, type JsonObject, toDocument } from './declared.ts';

/** A port of a service: its number, or more about it. */
export type PortOptions =
  | number
  | { readonly port: number; readonly targetPort?: number; readonly appProtocol?: string };

export interface ServiceOptions {
  readonly namespace?: string;
  /** Addresses of ready endpoints; one that follows from the name when absent. */
  readonly endpoints?: readonly string[];
  readonly headless?: boolean;
  /** Endpoints are then the workloads with these labels, and none are listed. */
  readonly selector?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The address under which clients reach a service. */
export function clusterIp(name: string, namespace = 'default'): string {
  return addressOf(96, `${name}.${namespace}`);
}

/** A Kubernetes Service with the EndpointSlice of its endpoints, in one file. The names of ports say their protocols. */
export function service(
  name: string,
  ports: Readonly<Record<string, PortOptions>>,
  options: ServiceOptions = {},
): Declared {
  const { namespace = 'default', endpoints = [addressOf(1, `${name}.${namespace}`)], selector, headless } = options;
  const { labels, annotations } = options;
  const identity: Identity = { apiVersion: 'v1', kind: 'Service', name, namespace, labels, annotations };
  const spec = {
    clusterIP: headless ? 'None' : clusterIp(name, namespace),
    ports: Object.entries(ports).map(([port, options]) => toPort(port, options)),
    ...(selector && { selector }),
  };
  const documents = [toDocument(identity, { spec })];
  if (selector === undefined) documents.push(toSlice(identity, ports, endpoints));
  return inFile(identity, documents);
}

function toPort(name: string, options: PortOptions): JsonObject {
  return typeof options === 'number' ? { name, port: options } : { name, ...options };
}

function toSlice(
  { name, namespace }: Identity,
  ports: Readonly<Record<string, PortOptions>>,
  endpoints: readonly string[],
): JsonObject {
  const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', name: `${name}-1`, namespace };
  return toDocument(
    { ...slice, labels: { 'kubernetes.io/service-name': name } },
    {
      addressType: 'IPv4',
      endpoints: endpoints.map((address): Json => ({ addresses: [address], conditions: { ready: true } })),
      ports: Object.entries(ports).map(([port, options]) => ({ name: port, port: targetOf(options) })),
    },
  );
}

function targetOf(options: PortOptions): number {
  return typeof options === 'number' ? options : (options.targetPort ?? options.port);
}

export interface WorkloadOptions {
  readonly namespace?: string;
  readonly address?: string;
  readonly locality?: string;
  readonly weight?: number;
}

/** A WorkloadEntry: one instance of what services select by its labels. */
export function workload(
  name: string,
  labels: Readonly<Record<string, string>>,
  options: WorkloadOptions = {},
): Declared {
  const { namespace = 'default', address = addressOf(1, `${name}.${namespace}`), locality, weight } = options;
  const identity = { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', name, namespace };
  const spec = { address, labels, ...(locality && { locality }), ...(weight && { weight }) };
  return inFile(identity, [toDocument(identity, { spec })]);
}
