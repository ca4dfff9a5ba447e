import { type Declared, declare, type Json, type JsonObject, NETWORKING } from './declared.ts';
import { Route } from './route.ts';

export interface ObjectOptions {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A VirtualService's specification, in which rules may be built. */
export interface VirtualServiceSpec {
  readonly hosts?: readonly string[];
  readonly gateways?: readonly string[];
  readonly http?: readonly (Route | JsonObject)[];
  readonly tls?: Json;
  readonly tcp?: Json;
  readonly exportTo?: readonly string[];
}

/** A VirtualService; of one rule only, for the host of its own name. */
export function virtualService(
  name: string,
  spec: Route | readonly Route[] | VirtualServiceSpec,
  options: ObjectOptions = {},
): Declared {
  const { http, ...rest }: VirtualServiceSpec =
    spec instanceof Route ? { http: [spec] } : isList(spec) ? { http: spec } : spec;
  const rules = http?.map((rule) => (rule instanceof Route ? rule.toJson() : rule));
  const content = { hosts: [name], ...rest, ...(rules && { http: rules }) };
  return declare({ apiVersion: NETWORKING, kind: 'VirtualService', name, ...options }, { spec: content });
}

function isList(spec: readonly Route[] | VirtualServiceSpec): spec is readonly Route[] {
  return Array.isArray(spec);
}

/** A DestinationRule, for the host of its own name unless another is said. */
export function destinationRule(name: string, spec: JsonObject, options: ObjectOptions = {}): Declared {
  return declare(
    { apiVersion: NETWORKING, kind: 'DestinationRule', name, ...options },
    { spec: { host: name, ...spec } },
  );
}

/** Subsets by the label `version`, each of its own name. */
export function subsets(...versions: readonly string[]): JsonObject {
  return { subsets: versions.map((version) => ({ name: version, labels: { version } })) };
}

export function serviceEntry(name: string, spec: JsonObject, options: ObjectOptions = {}): Declared {
  return declare({ apiVersion: NETWORKING, kind: 'ServiceEntry', name, ...options }, { spec });
}

/** A Gateway on the proxies that are called `istio: ingressgateway`. */
export function gateway(name: string, servers: readonly JsonObject[], options: ObjectOptions = {}): Declared {
  const spec = { selector: { istio: 'ingressgateway' }, servers };
  return declare({ apiVersion: NETWORKING, kind: 'Gateway', name, ...options }, { spec });
}

/** What workloads see and serve; the object, not the proxy. */
export function sidecarConfig(name: string, spec: JsonObject, options: ObjectOptions = {}): Declared {
  return declare({ apiVersion: NETWORKING, kind: 'Sidecar', name, ...options }, { spec });
}

/** The settings of the mesh, where istiod reads them: the ConfigMap `istio`. */
export function meshConfigMap(mesh: JsonObject): Declared {
  const identity = { apiVersion: 'v1', kind: 'ConfigMap', name: 'istio', namespace: 'istio-system' };
  return declare(identity, { data: { mesh: JSON.stringify(mesh) } });
}

/** A Secret of PEM texts. */
export function secret(name: string, texts: Readonly<Record<string, string>>, options: ObjectOptions = {}): Declared {
  const content = { type: 'Opaque', stringData: texts };
  return declare({ apiVersion: 'v1', kind: 'Secret', name, ...options }, content);
}
