import { isIP } from 'node:net';
import type { Static } from 'typebox';
import type { EndpointSlice, SliceEndpoint } from '../../model/kubernetes.ts';
import { defineInput } from '../define-kind.ts';
import { present } from '../present.ts';
import { choice, flag, listOf, loose, text, whole } from '../schema/fields.ts';
import { isFqdn } from '../schema/names.ts';

const ENDPOINT = loose('Addresses of one workload.', {
  addresses: listOf('Addresses, of which the first counts.', text('Address.')),
  conditions: loose('What is known of its health.', {
    ready: flag('Takes traffic.', { absent: 'unknown' }),
    serving: flag('Answers, ready or not.', { absent: 'unknown' }),
    terminating: flag('Is going away.', { absent: 'unknown' }),
  }),
  nodeName: text('Node it runs on.'),
  zone: text('Zone it runs in.'),
  targetRef: loose('What is behind the address.', {
    kind: text('Kind.'),
    name: text('Name.'),
    namespace: text('Namespace.'),
  }),
});

const PORT = loose('A port of all endpoints.', {
  name: text("Name of the service's port.", { absent: 'empty' }),
  port: whole('Where the workloads listen.', { minimum: 1, maximum: 65535 }),
  protocol: choice('Transport protocol.', ['TCP', 'UDP', 'SCTP']),
});

/** Kubernetes' EndpointSlice. */
export const endpointSlice = defineInput({
  group: 'discovery.k8s.io',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  versions: ['v1'],
  scope: 'namespaced',
  affects: ['endpoint'],
  fields: loose('A slice of the endpoints of a service.', {
    addressType: choice('What the addresses are.', ['IPv4', 'IPv6', 'FQDN']),
    endpoints: listOf('Endpoints.', ENDPOINT),
    ports: listOf('Ports.', PORT),
  }),
  check({ addressType = 'IPv4', endpoints = [] }, at, { report }) {
    for (const [index, { addresses = [] }] of endpoints.entries()) {
      for (const [position, address] of addresses.entries()) {
        if (isAddressOf(addressType, address)) continue;
        const place = at.to('endpoints').to(index).to('addresses').to(position);
        report.add(
          'ADDRESS_INVALID',
          place,
          `${place} is ${JSON.stringify(address)}, expected ${EXPECTED[addressType]}`,
        );
      }
    }
  },
  parse: ({ addressType = 'IPv4', endpoints = [], ports = [] }, { meta }): EndpointSlice => ({
    meta,
    addressType,
    endpoints: endpoints.map((endpoint) => parseEndpoint(endpoint, meta.namespace)),
    ports: ports.map(({ name = '', port, protocol = 'TCP' }) => ({ name, protocol, ...present({ port }) })),
  }),
});

type AddressType = EndpointSlice['addressType'];

const EXPECTED: Readonly<Record<AddressType, string>> = {
  IPv4: 'an IPv4 address, as addressType says',
  IPv6: 'an IPv6 address, as addressType says',
  FQDN: 'a host name, as addressType says',
};

function isAddressOf(type: AddressType, address: string): boolean {
  if (type === 'FQDN') return isFqdn(address);
  return isIP(address) === (type === 'IPv4' ? 4 : 6);
}

function parseEndpoint(
  { addresses = [], conditions = {}, nodeName, zone, targetRef }: Static<typeof ENDPOINT>,
  own: string,
): SliceEndpoint {
  const { ready, serving, terminating } = conditions;
  const target = targetRef && {
    kind: targetRef.kind ?? '',
    namespace: targetRef.namespace ?? own,
    name: targetRef.name ?? '',
  };
  return { addresses, ...present({ ready, serving, terminating, nodeName, zone, target }) };
}
