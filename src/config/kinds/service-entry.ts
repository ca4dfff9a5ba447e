import type { Static } from 'typebox';
import { unreachable } from '../../kit/unreachable.ts';
import { findProtocol } from '../../model/protocol.ts';
import type { ServiceEntry } from '../../model/service-entry.ts';
import { type ParseInput, defineKind } from '../define-kind.ts';
import { EXPORT_TO, checkExportTo } from '../parts/export-to.ts';
import { WORKLOAD, parseWorkload } from '../parts/workload.ts';
import { WORKLOAD_SELECTOR, checkSelector } from '../parts/workload-selector.ts';
import { present } from '../present.ts';
import { choice, listOf, object, text, whole } from '../schema/fields.ts';
import { checkResolution } from './service-entry-resolution.ts';

const PORT = object('A port of the hosts.', {
  required: {
    number: whole('Number of the port.', { minimum: 1, maximum: 65535 }),
    name: text('Name of the port.', { format: 'dns-label' }),
  },
  optional: {
    protocol: text('Protocol spoken: HTTP, HTTP2, HTTPS, GRPC, GRPC-WEB, TLS, TCP, MONGO, MYSQL or REDIS.', {
      format: 'protocol-or-empty',
      absent: 'the proxy finds out',
    }),
    targetPort: whole('Where the workloads listen.', { minimum: 1, maximum: 65535, absent: 'the same number' }),
  },
});

/** The spec of a ServiceEntry. */
export const SERVICE_ENTRY_SPEC = object(
  'Hosts that join the registry of the mesh.',
  {
    required: {
      hosts: listOf('Names of the hosts; the first label may be `*`.', text('Host.', { format: 'host' }), {
        minItems: 1,
        maxItems: 256,
      }),
    },
    optional: {
      addresses: listOf(
        'Addresses of the hosts, to tell TCP traffic apart.',
        text('IP address or CIDR block.', { format: 'ip-or-cidr' }),
        { maxItems: 256 },
      ),
      ports: listOf('Ports of the hosts.', PORT, { maxItems: 256 }),
      location: choice('Whether the hosts are part of the mesh.', ['MESH_EXTERNAL', 'MESH_INTERNAL']),
      resolution: choice('How the proxy finds out where to connect to.', [
        'NONE',
        'STATIC',
        'DNS',
        'DNS_ROUND_ROBIN',
        'DYNAMIC_DNS',
      ]),
      endpoints: listOf('Workloads behind the hosts.', WORKLOAD, { maxItems: 4096 }),
      workloadSelector: WORKLOAD_SELECTOR,
      exportTo: EXPORT_TO,
      subjectAltNames: listOf('Names of which the hosts show one in their certificates.', text('Name.')),
    },
  },
  { exclusive: [['workloadSelector', 'endpoints']] },
);

export type WrittenServiceEntry = Static<typeof SERVICE_ENTRY_SPEC>;

/** Istio's ServiceEntry. */
export const serviceEntry = defineKind({
  group: 'networking.istio.io',
  kind: 'ServiceEntry',
  plural: 'serviceentries',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  scope: 'namespaced',
  affects: ['listener', 'route', 'cluster', 'endpoint'],
  description: 'Hosts that join the registry of the mesh.',
  shortNames: ['se'],
  columns: [
    { name: 'Hosts', type: 'string', jsonPath: '.spec.hosts', description: 'Names of the hosts.' },
    {
      name: 'Location',
      type: 'string',
      jsonPath: '.spec.location',
      description: 'Whether the hosts are part of the mesh.',
    },
    {
      name: 'Resolution',
      type: 'string',
      jsonPath: '.spec.resolution',
      description: 'How the proxy finds out where to connect to.',
    },
  ],
  spec: SERVICE_ENTRY_SPEC,

  check(spec, at, input) {
    if (spec.workloadSelector) checkSelector(spec.workloadSelector.labels, at.to('workloadSelector'), input);
    checkExportTo(spec.exportTo, at.to('exportTo'), input, true);
    for (const field of ['name', 'number'] as const) {
      const seen = new Set<string | number>();
      for (const [index, port] of (spec.ports ?? []).entries()) {
        const value = port[field];
        if (seen.has(value))
          input.report.add(
            'SE_PORT_REPEATED',
            at.to('ports').to(index).to(field),
            `port ${field} ${value} is used twice`,
          );
        seen.add(value);
      }
    }
    checkResolution(spec, at, input);
  },

  parse: (spec, input) => parseServiceEntry(spec, input),
});

function parseServiceEntry(spec: WrittenServiceEntry, { meta, status }: ParseInput): ServiceEntry {
  const {
    addresses = [],
    ports = [],
    location = 'MESH_EXTERNAL',
    resolution = 'NONE',
    endpoints = [],
    exportTo = [],
    subjectAltNames = [],
  } = spec;
  const [first, ...rest] = spec.hosts;
  if (first === undefined) throw new Error('a ServiceEntry without hosts was not refused');
  return {
    meta,
    hosts: [first, ...rest],
    addresses: addresses.map(toAddress),
    ports: ports.map(({ name, number, protocol = '', targetPort }) => ({
      name,
      number,
      protocol: findProtocol(protocol) ?? 'auto',
      ...present({ targetPort }),
    })),
    location: location === 'MESH_INTERNAL' ? 'mesh-internal' : 'mesh-external',
    resolution: toResolution(resolution),
    endpoints: endpoints.map(parseWorkload),
    exportTo,
    subjectAltNames,
    allocated: listAllocated(status),
    ...present({ workloadSelector: spec.workloadSelector && (spec.workloadSelector.labels ?? {}) }),
  };
}

/** A block of one address is that address. */
function toAddress(text: string): string {
  return text.replace(text.includes(':') ? /\/128$/ : /\/32$/, '');
}

function toResolution(resolution: NonNullable<WrittenServiceEntry['resolution']>): ServiceEntry['resolution'] {
  switch (resolution) {
    case 'NONE':
      return 'none';
    case 'STATIC':
      return 'static';
    case 'DNS':
      return 'dns';
    case 'DNS_ROUND_ROBIN':
      return 'dns-round-robin';
    case 'DYNAMIC_DNS':
      return 'dynamic-dns';
    default:
      return unreachable(resolution);
  }
}

/** Status is a controller's word, not the user's: entries that make no sense are passed over. */
function listAllocated({ addresses }: Readonly<Record<string, unknown>>): ServiceEntry['allocated'] {
  const entries: readonly unknown[] = Array.isArray(addresses) ? addresses : [];
  return entries.flatMap((entry) => {
    if (typeof entry !== 'object' || entry === null || !('value' in entry) || !('host' in entry)) return [];
    const { value, host } = entry;
    return typeof value === 'string' && typeof host === 'string' ? [{ host, address: value }] : [];
  });
}
