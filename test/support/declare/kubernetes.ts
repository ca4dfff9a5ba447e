import { type Declared, file, type JsonObject, toDocument } from './declared.ts';
import { stringify } from 'yaml';

/** What a Pod is, as far as a mesh looks at it. */
export interface PodOptions {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether a sidecar takes mTLS for it; it does when absent. */
  readonly mtls?: boolean;
  readonly node?: string;
}

/** A ready Pod with the label `app`. */
export function pod(name: string, app: string, ip: string, options: PodOptions = {}): Declared {
  const { namespace = 'default', labels = {}, mtls = true, node } = options;
  const all = { app, ...(mtls && { 'security.istio.io/tlsMode': 'istio' }), ...labels };
  const content = { spec: { ...(node && { nodeName: node }) }, status: { podIP: ip } };
  return inOwnFile({ kind: 'Pod', name, namespace, labels: all }, content);
}

/** A namespace with labels. */
export function namespace(name: string, labels: Readonly<Record<string, string>>): Declared {
  return inOwnFile({ kind: 'Namespace', name, labels }, {});
}

/** A node with labels. */
export function node(name: string, labels: Readonly<Record<string, string>>): Declared {
  return inOwnFile({ kind: 'Node', name, labels }, {});
}

/** The ConfigMap of the mesh: its settings and its networks, as text. */
export function meshConfigMap(data: { readonly mesh?: string; readonly meshNetworks?: string }): Declared {
  return inOwnFile({ kind: 'ConfigMap', name: 'istio', namespace: 'istio-system' }, { data });
}

interface Name {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function inOwnFile(identity: Name, content: JsonObject): Declared {
  const { kind, name, namespace = '' } = identity;
  return file(`${namespace}/${kind}-${name}.yaml`, stringify(toDocument({ apiVersion: 'v1', ...identity }, content)));
}
