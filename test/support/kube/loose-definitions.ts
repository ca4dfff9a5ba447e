import type { Cluster } from '../cluster/cluster.ts';

/** A definition that takes anything: for objects that the real one would refuse, as an older one may not have. */
export function looseDefinition(kind: string, { plural = `${kind.toLowerCase()}s`, versions = ['v1'] } = {}): object {
  const group = 'networking.istio.io';
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: versions.map((name, index) => ({ name, served: true, storage: index === 0, schema })),
    },
  };
}

/** Installs definitions, and waits until their kinds are served. */
export async function define(cluster: Cluster, ...definitions: readonly { metadata?: unknown }[]): Promise<void> {
  await cluster.apply(definitions);
  await cluster.kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all');
}
