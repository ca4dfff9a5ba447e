import type { Static } from 'typebox';
import type { EndpointSlice, SliceEndpoint } from '../../model/kubernetes.ts';
import { defineInput } from '../define-kind.ts';
import { present } from '../present.ts';
import { choice, flag, listOf, loose, text, whole } from '../schema/fields.ts';

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
  port: whole('Where the workloads listen.', { minimum: 0, maximum: 65535 }),
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
  parse: ({ addressType = 'IPv4', endpoints = [], ports = [] }, { meta }): EndpointSlice => ({
    meta,
    addressType,
    endpoints: endpoints.map((endpoint) => parseEndpoint(endpoint, meta.namespace)),
    ports: ports.map(({ name = '', port, protocol = 'TCP' }) => ({ name, protocol, ...present({ port }) })),
  }),
});

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
