import { describe, expect, it } from 'vitest';
import { listResourceDefinitions } from './resource-definition.ts';
import type { StructuralSchema } from './structural-schema.ts';

const definitions = listResourceDefinitions();

describe('listResourceDefinitions', () => {
  it("names the kinds as Istio's own definitions do", () => {
    const names = definitions.map(({ metadata, spec }) => ({
      name: metadata.name,
      kind: spec.names.kind,
      short: spec.names.shortNames,
      versions: spec.versions.map(({ name, storage }) => (storage ? `${name} (stored)` : name)),
      columns: spec.versions[0]?.additionalPrinterColumns.map((column) => column.name),
    }));
    const versions = ['v1 (stored)', 'v1beta1', 'v1alpha3'];
    expect(names).toEqual([
      {
        name: 'virtualservices.networking.istio.io',
        kind: 'VirtualService',
        short: ['vs'],
        versions,
        columns: ['Gateways', 'Hosts', 'Age'],
      },
      {
        name: 'destinationrules.networking.istio.io',
        kind: 'DestinationRule',
        short: ['dr'],
        versions,
        columns: ['Host', 'Age'],
      },
      { name: 'gateways.networking.istio.io', kind: 'Gateway', short: ['gw'], versions, columns: ['Age'] },
      { name: 'sidecars.networking.istio.io', kind: 'Sidecar', short: undefined, versions, columns: ['Age'] },
      {
        name: 'envoyfilters.networking.istio.io',
        kind: 'EnvoyFilter',
        short: undefined,
        versions: ['v1alpha3 (stored)'],
        columns: ['Age'],
      },
      {
        name: 'serviceentries.networking.istio.io',
        kind: 'ServiceEntry',
        short: ['se'],
        versions,
        columns: ['Hosts', 'Location', 'Resolution', 'Age'],
      },
      {
        name: 'workloadentries.networking.istio.io',
        kind: 'WorkloadEntry',
        short: ['we'],
        versions,
        columns: ['Age', 'Address'],
      },
      {
        name: 'workloadgroups.networking.istio.io',
        kind: 'WorkloadGroup',
        short: ['wg'],
        versions,
        columns: ['Age'],
      },
      {
        name: 'proxyconfigs.networking.istio.io',
        kind: 'ProxyConfig',
        short: undefined,
        versions: ['v1beta1 (stored)'],
        columns: ['Age'],
      },
      {
        name: 'peerauthentications.security.istio.io',
        kind: 'PeerAuthentication',
        short: ['pa'],
        versions: ['v1 (stored)', 'v1beta1'],
        columns: ['Mode', 'Age'],
      },
    ]);
  });

  it.each(definitions.map((definition) => ({ definition, kind: definition.spec.names.kind })))(
    'writes $kind small enough for kubectl apply, which keeps a copy in an annotation',
    ({ definition }) => {
      expect(JSON.stringify(definition).length).toBeLessThan(262_144);
    },
  );

  it.each(definitions.map(({ spec }) => ({ kind: spec.names.kind, schema: spec.versions[0]?.schema.openAPIV3Schema })))(
    'writes a structural schema for $kind',
    ({ schema }) => {
      expect(schema && [...listFaults(schema, '')]).toEqual([]);
    },
  );
});

const WORDS: ReadonlySet<string> = new Set([
  ...[
    'type',
    'description',
    'properties',
    'required',
    'items',
    'additionalProperties',
    'enum',
    'pattern',
    'format',
    'minimum',
    'maximum',
  ],
  ...[
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'allOf',
    'x-kubernetes-preserve-unknown-fields',
    'x-kubernetes-int-or-string',
    'x-kubernetes-validations',
  ],
]);

/** What an API server would refuse: see Kubernetes' rules of structural schemas. */
function* listFaults(schema: StructuralSchema, at: string): Generator<string> {
  const isFree = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
  if (schema.type === undefined && !isFree) yield `${at} has no type`;
  for (const word of Object.keys(schema)) if (!WORDS.has(word)) yield `${at} says "${word}"`;
  if (schema.properties && schema.additionalProperties) yield `${at} has both properties and additionalProperties`;
  if (schema.type === 'array' && !schema.items) yield `${at} has no items`;
  for (const name of schema.required ?? [])
    if (!schema.properties?.[name]) yield `${at} requires "${name}", which it does not have`;
  for (const name of listConditions(schema.allOf))
    if (!schema.properties?.[name]) yield `${at} has a condition on "${name}", which it does not have`;
  if (schema.pattern !== undefined) new RegExp(schema.pattern, 'u');
  for (const [name, field] of Object.entries(schema.properties ?? {})) yield* listFaults(field, `${at}.${name}`);
  if (schema.items) yield* listFaults(schema.items, `${at}[]`);
  if (schema.additionalProperties) yield* listFaults(schema.additionalProperties, `${at}.*`);
}

function listConditions(conditions: StructuralSchema['allOf'] = []): readonly string[] {
  return conditions.flatMap(({ required = [], not, anyOf, oneOf }) => [
    ...required,
    ...listConditions(not && [not]),
    ...listConditions(anyOf),
    ...listConditions(oneOf),
  ]);
}
