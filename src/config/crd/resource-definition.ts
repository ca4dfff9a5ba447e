import { AGE, type Kind, type PrinterColumn } from '../define-kind.ts';
import { KINDS } from '../kinds.ts';
import { type StructuralSchema, toStructural } from './structural-schema.ts';

/** A CustomResourceDefinition, as far as we write it. */
export interface ResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: {
    readonly name: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly categories: readonly string[];
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames?: readonly string[];
    };
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly ResourceVersion[];
  };
}

interface ResourceVersion {
  readonly name: string;
  readonly served: true;
  readonly storage: boolean;
  readonly subresources: { readonly status: Readonly<Record<string, never>> };
  readonly additionalPrinterColumns: readonly PrinterColumn[];
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
}

/** The CRDs of all kinds that are ours to install, by the name of the CRD. */
export function listResourceDefinitions(): readonly ResourceDefinition[] {
  return Object.values<Kind>(KINDS).flatMap((kind) => toResourceDefinition(kind) ?? []);
}

/** The CRD of a kind; `undefined` for kinds that Kubernetes itself brings. */
function toResourceDefinition(kind: Kind): ResourceDefinition | undefined {
  const { resource, group, plural, versions } = kind;
  if (resource === undefined) return undefined;
  const schema: StructuralSchema = {
    type: 'object',
    description: resource.description,
    properties: {
      spec: toStructural(resource.spec),
      status: {
        type: 'object',
        description: 'What controllers say of the object.',
        'x-kubernetes-preserve-unknown-fields': true,
      },
    },
    required: ['spec'],
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // Whoever uninstalls the control plane keeps the objects that users wrote.
      annotations: { 'helm.sh/resource-policy': 'keep' },
      labels: { app: 'istio-pilot', release: 'istio' },
    },
    spec: {
      group,
      names: {
        categories: ['istio-io', `${group.split('.')[0]}-istio-io`],
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular: kind.kind.toLowerCase(),
        ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
      },
      scope: kind.scope === 'cluster' ? 'Cluster' : 'Namespaced',
      versions: versions.map((name, index) => ({
        name,
        served: true,
        // The newest is the one that is stored.
        storage: index === 0,
        subresources: { status: {} },
        additionalPrinterColumns: resource.columns.includes(AGE) ? resource.columns : [...resource.columns, AGE],
        schema: { openAPIV3Schema: schema },
      })),
    },
  };
}
