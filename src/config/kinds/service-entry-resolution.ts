import { unreachable } from '../../kit/unreachable.ts';
import { type Protocol, findProtocol, isHttp, isTcp, isTls } from '../../model/protocol.ts';
import type { CheckInput } from '../define-kind.ts';
import { type WrittenWorkload, checkWorkload } from '../parts/workload.ts';
import type { Pointer } from '../pointer.ts';
import { isFqdn, isIpAddress, isPartialWildcard } from '../schema/names.ts';
import type { WrittenServiceEntry } from './service-entry.ts';

/** What hosts, addresses, ports and endpoints may be depends on how the proxy finds out where to connect to. */
export function checkResolution(spec: WrittenServiceEntry, at: Pointer, input: CheckInput): void {
  checkHosts(spec, at, input);
  checkAddresses(spec, at, input);
  checkPorts(spec, at, input);
  const { resolution = 'NONE' } = spec;
  switch (resolution) {
    case 'NONE':
      return checkNone(spec, at, input);
    case 'STATIC':
      return checkStatic(spec, at, input);
    case 'DNS':
      return checkDns(spec, at, input);
    case 'DNS_ROUND_ROBIN':
      if ((spec.endpoints?.length ?? 0) > 1)
        input.report.add('SE_ENDPOINTS', at.to('endpoints'), 'resolution DNS_ROUND_ROBIN takes at most one endpoint');
      return checkDns(spec, at, input);
    case 'DYNAMIC_DNS':
      return checkDynamic(spec, at, input);
    default:
      return unreachable(resolution);
  }
}

function checkHosts({ hosts, resolution }: WrittenServiceEntry, at: Pointer, { report }: CheckInput): void {
  for (const [index, host] of hosts.entries()) {
    const place = at.to('hosts').to(index);
    if (host === '*')
      report.add('SE_HOST_STAR', place, `${place} is "*", but a ServiceEntry cannot stand for every host`);
    else if (isPartialWildcard(host) && resolution !== 'DYNAMIC_DNS') {
      report.add(
        'HOST_WILDCARD_PARTIAL',
        place,
        `${place} is "${host}", but "*" for a part of a label is not matched everywhere`,
      );
    }
  }
}

function checkAddresses(
  { hosts, addresses = [], ports = [], resolution = 'NONE' }: WrittenServiceEntry,
  at: Pointer,
  { report }: CheckInput,
): void {
  for (const [index, address] of addresses.entries()) {
    if (!address.includes('/') || resolution === 'NONE' || resolution === 'STATIC') continue;
    report.add(
      'SE_CIDR',
      at.to('addresses').to(index),
      `a CIDR block is possible only with resolution NONE or STATIC, not ${resolution}`,
    );
  }
  const isDns = resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN';
  if (
    isDns &&
    hosts.length > 1 &&
    addresses.length > 0 &&
    ports.some((port) => isTcp(findProtocol(port.protocol ?? '') ?? 'auto'))
  ) {
    report.add(
      'SE_ADDRESS_SHARED',
      at.to('addresses'),
      'several hosts share an address, so TCP connections to it all go to one of them',
    );
  }
}

/** Requests carry the name of their host in HTTP and TLS only. */
function checkPorts(
  { hosts, addresses = [], ports = [], resolution = 'NONE' }: WrittenServiceEntry,
  at: Pointer,
  { report, meta }: CheckInput,
): void {
  const gets = resolution !== 'NONE' && meta.labels['networking.istio.io/enable-autoallocate-ip'] !== 'false';
  for (const [index, { protocol = '' }] of ports.entries()) {
    const place = at.to('ports').to(index);
    const known = findProtocol(protocol) ?? 'auto';
    if (hosts.length > 1 && resolution !== 'NONE' && !isHttp(known) && !isTls(known)) {
      report.add(
        'SE_HOSTS_ON_TCP',
        place,
        `several hosts cannot be told apart on a port of protocol ${protocol || 'unknown'}, expected HTTP or TLS`,
      );
    }
    if (addresses.length === 0 && !gets && (known === 'auto' || known === 'tcp')) {
      report.add(
        'SE_ADDRESS_MISSING',
        place,
        `a port of protocol ${protocol || 'unknown'} takes the traffic of all hosts on it, because the ServiceEntry has no addresses`,
      );
    }
  }
}

function checkNone(
  { endpoints = [], workloadSelector }: WrittenServiceEntry,
  at: Pointer,
  { report }: CheckInput,
): void {
  if (endpoints.length > 0)
    report.add(
      'SE_ENDPOINTS',
      at.to('endpoints'),
      'resolution NONE goes where the client wanted to go, so there can be no endpoints',
      'key',
    );
  if (workloadSelector)
    report.add(
      'FIELD_IGNORED',
      at.to('workloadSelector'),
      'workloadSelector has no effect with resolution NONE',
      'key',
    );
}

function checkStatic(spec: WrittenServiceEntry, at: Pointer, input: CheckInput): void {
  for (const [index, endpoint] of (spec.endpoints ?? []).entries()) {
    const place = at.to('endpoints').to(index);
    checkWorkload(endpoint, place, input);
    checkEndpointPorts(endpoint, spec, place, input);
    const { address = '' } = endpoint;
    if (address === '' || address.startsWith('unix://') || isIpAddress(address)) continue;
    input.report.add(
      'SE_ENDPOINT_NAME',
      place.to('address'),
      `${place.to('address')} is "${address}", but resolution STATIC needs IP addresses: names need DNS`,
    );
  }
}

function checkDns(spec: WrittenServiceEntry, at: Pointer, input: CheckInput): void {
  const { hosts, endpoints = [] } = spec;
  if (endpoints.length === 0) {
    for (const [index, host] of hosts.entries()) {
      if (isFqdn(host)) continue;
      const place = at.to('hosts').to(index);
      input.report.add(
        'SE_HOST_NOT_RESOLVABLE',
        place,
        `${place} is "${host}", which DNS cannot resolve: write full names, or endpoints`,
      );
    }
  }
  for (const [index, endpoint] of endpoints.entries()) {
    const place = at.to('endpoints').to(index);
    const { address = '' } = endpoint;
    if (isIpAddress(address) || isFqdn(address)) checkWorkload(endpoint, place, input);
    else
      input.report.add(
        'ADDRESS_INVALID',
        place.to('address'),
        `${place.to('address')} is "${address}", expected an IP address or a host name`,
      );
    checkEndpointPorts(endpoint, spec, place, input);
  }
}

function checkEndpointPorts(
  endpoint: WrittenWorkload,
  { ports = [] }: WrittenServiceEntry,
  at: Pointer,
  { report }: CheckInput,
): void {
  for (const name of Object.keys(endpoint.ports ?? {})) {
    if (ports.some((port) => port.name === name)) continue;
    report.add('SE_ENDPOINT_PORT', at.to('ports').to(name), `the ServiceEntry has no port "${name}"`, 'key');
  }
}

const FORWARDED: ReadonlySet<Protocol> = new Set(['http', 'http2', 'grpc', 'tls']);

function checkDynamic(spec: WrittenServiceEntry, at: Pointer, { report, meta }: CheckInput): void {
  for (const [index, host] of spec.hosts.entries()) {
    if (host.startsWith('*')) continue;
    const place = at.to('hosts').to(index);
    report.add(
      'SE_HOST_NOT_WILDCARD',
      place,
      `${place} is "${host}", but resolution DYNAMIC_DNS is for hosts that begin with "*."`,
    );
  }
  for (const field of ['addresses', 'endpoints'] as const) {
    if ((spec[field]?.length ?? 0) > 0)
      report.add(
        'SE_ENDPOINTS',
        at.to(field),
        `resolution DYNAMIC_DNS asks DNS for each request, so there can be no ${field}`,
        'key',
      );
  }
  for (const [index, { protocol = '' }] of (spec.ports ?? []).entries()) {
    if (FORWARDED.has(findProtocol(protocol) ?? 'auto')) continue;
    const place = at.to('ports').to(index).to('protocol');
    report.add(
      'SE_PROTOCOL',
      place,
      `resolution DYNAMIC_DNS is possible for HTTP, HTTP2, GRPC and TLS, not for ${protocol || 'an unknown protocol'}`,
    );
  }
  const waypoint = meta.labels['istio.io/use-waypoint'] ?? '';
  if (spec.location === 'MESH_INTERNAL' && waypoint !== '' && waypoint.toLowerCase() !== 'none') {
    report.add(
      'SE_WAYPOINT',
      at.to('location'),
      'location MESH_INTERNAL with resolution DYNAMIC_DNS is not possible behind a waypoint',
    );
  }
}
