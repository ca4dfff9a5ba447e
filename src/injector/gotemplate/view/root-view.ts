import { type JsonObject, objectAt, textAt } from '../../json.ts';
import { printProxyConfig } from '../../mesh-settings.ts';
import type { TemplateInput } from '../../template-input.ts';
import { fromJson, GoMap, type GoStruct, type GoValue } from '../value.ts';
import { findShape } from './shape.ts';
import { StructView } from './struct-view.ts';
import './shapes.ts';

/**
 * What a template sees as `.`.
 * @see istio pkg/kube/inject/inject.go `SidecarTemplateData`
 */
export function toRootView(input: TemplateInput): GoStruct {
  const { workload, pod } = input;
  const fields: Readonly<Record<string, () => GoValue>> = {
    TypeMeta: () => view('v1.TypeMeta', { kind: workload.kind, apiVersion: workload.apiVersion }),
    DeploymentMeta: () => view('types.NamespacedName', { name: workload.name, namespace: workload.namespace }),
    ObjectMeta: () => view('v1.ObjectMeta', objectAt(pod, 'metadata')),
    Spec: () => view('v1.PodSpec', objectAt(pod, 'spec')),
    ProxyConfig: () => view('v1alpha1.ProxyConfig', input.proxyConfig, (json) => JSON.parse(printProxyConfig(json))),
    MeshConfig: () => view('v1alpha1.MeshConfig', input.mesh),
    Values: () => fromJson(input.values),
    Revision: () => input.revision,
    NativeSidecars: () => input.nativeSidecars,
    ProxyImage: () => input.proxyImage,
    ProxyInitImage: () => input.proxyInitImage,
    ProxyUID: () => BigInt(input.proxyUid),
    ProxyGID: () => BigInt(input.proxyGid),
    InboundTrafficPolicyMode: () =>
      textAt(input.mesh, 'inboundTrafficPolicy', 'mode') === 'LOCALHOST' ? 'localhost' : 'passthrough',
    CompliancePolicy: () => input.compliancePolicy,
  };
  const known = new Map<string, GoValue>();
  return {
    typeName: '*inject.SidecarTemplateData',
    isNil: false,
    text: undefined,
    find: (name) => {
      if (!Object.hasOwn(fields, name)) return undefined;
      // Made once: templates may change the maps that they are given, and see it.
      if (!known.has(name)) known.set(name, fields[name]?.());
      return { value: known.get(name), isMethod: false };
    },
    toJson: () => ({}),
  };
}

function view(name: string, json: JsonObject, print?: (json: JsonObject) => unknown): GoValue {
  const shape = findShape(name);
  return shape === undefined ? new GoMap() : new StructView(shape, json, print);
}
