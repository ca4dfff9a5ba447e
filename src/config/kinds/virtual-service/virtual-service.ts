import type { Static } from 'typebox';
import { hostsOverlap, resolveHost } from '../../../model/host.ts';
import { MESH_GATEWAY, type VirtualService } from '../../../model/virtual-service.ts';
import { type CheckInput, defineKind } from '../../define-kind.ts';
import { EXPORT_TO, checkExportTo, parseExportTo } from '../../parts/export-to.ts';
import type { Pointer } from '../../pointer.ts';
import { listOf, object, text } from '../../schema/fields.ts';
import { isIpAddress, isWildcardDomain } from '../../schema/names.ts';
import { checkGatewayNames, gatewayNames, toReference } from './gateway-name.ts';
import { HTTP_ROUTE, checkHttpRoute, parseHttpRoute } from './http-route.ts';
import { TCP_ROUTE, TLS_ROUTE, checkTcpRoute, checkTlsRoute, parseTcpRoute, parseTlsRoute } from './l4-route.ts';
import { checkReachability } from './reachability.ts';

const SPEC = object('Rules for the traffic to some hosts.', {
  required: {},
  optional: {
    hosts: listOf(
      'Hosts that the rules are for: names, IP addresses, or names that begin with `*.`; a name without a dot is a service of the same namespace.',
      text('Host.'),
      {
        absent: 'a delegate, whose rules others use',
      },
    ),
    gateways: gatewayNames('Gateways and sidecars (`mesh`) that apply the rules.', 'mesh'),
    http: listOf('Rules for HTTP, in order; the first that matches counts.', HTTP_ROUTE),
    tls: listOf('Rules for encrypted connections that are passed on unopened.', TLS_ROUTE),
    tcp: listOf('Rules for connections of any other kind.', TCP_ROUTE),
    exportTo: EXPORT_TO,
  },
});

type WrittenVirtualService = Static<typeof SPEC>;

/** Istio's VirtualService. */
export const virtualService = defineKind({
  group: 'networking.istio.io',
  kind: 'VirtualService',
  plural: 'virtualservices',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  scope: 'namespaced',
  affects: ['route', 'listener'],
  description: 'Rules for the traffic to some hosts.',
  shortNames: ['vs'],
  columns: [
    {
      name: 'Gateways',
      type: 'string',
      jsonPath: '.spec.gateways',
      description: 'Gateways and sidecars that apply the rules.',
    },
    { name: 'Hosts', type: 'string', jsonPath: '.spec.hosts', description: 'Hosts that the rules are for.' },
  ],
  spec: SPEC,

  check(spec, at, input) {
    const { hosts = [], gateways = [], http = [], tls = [], tcp = [] } = spec;
    const isDelegate = hosts.length === 0;
    const isForGateways = gateways.length > 0 && !gateways.includes(MESH_GATEWAY);
    if (isDelegate) checkDelegate(spec, at, input);
    checkGatewayNames(gateways, at.to('gateways'), input.report);
    checkHosts(hosts, isForGateways && tls.length > 0, !isForGateways, at.to('hosts'), input);
    if (http.length + tls.length + tcp.length === 0) {
      input.report.add('VS_ROUTE_EMPTY', at, 'the VirtualService has no rules: expected http, tls or tcp');
    }
    for (const [index, route] of http.entries())
      checkHttpRoute(route, at.to('http').to(index), input, { isDelegate, isForGateways });
    for (const [index, route] of tls.entries()) checkTlsRoute(route, hosts, at.to('tls').to(index), input);
    for (const [index, route] of tcp.entries()) checkTcpRoute(route, at.to('tcp').to(index), input);
    checkExportTo(spec.exportTo, at.to('exportTo'), input);
    for (const [field, rules] of Object.entries({ http, tls, tcp }))
      checkReachability(rules, at.to(field), input.report);
  },

  parse({ hosts = [], gateways = [], http = [], tls = [], tcp = [], exportTo }, input): VirtualService {
    const { meta, context } = input;
    const [first = MESH_GATEWAY, ...rest] = gateways.map((name) => toReference(name, meta.namespace));
    return {
      meta,
      hosts: hosts.map((host) => resolveHost(host, meta.namespace, context.domainSuffix)),
      gateways: [first, ...rest],
      visibility: parseExportTo(exportTo, meta.namespace, context.defaultVirtualServiceExportTo),
      http: http.map((route) => parseHttpRoute(route, input)),
      tls: tls.map((route) => parseTlsRoute(route, input)),
      tcp: tcp.map((route) => parseTcpRoute(route, input)),
      semantics: 'istio',
    };
  },
});

function checkDelegate(spec: WrittenVirtualService, at: Pointer, { report }: CheckInput): void {
  for (const field of ['gateways', 'tls', 'tcp'] as const) {
    if ((spec[field]?.length ?? 0) === 0) continue;
    report.add(
      'VS_DELEGATE',
      at.to(field),
      `a VirtualService without hosts is a delegate, which has no ${field} of its own`,
      'key',
    );
  }
}

/** @param takesSni Names of the form `outbound_.80_._.host` are what gateways between networks see. */
function checkHosts(
  hosts: readonly string[],
  takesSni: boolean,
  isForMesh: boolean,
  at: Pointer,
  { report }: CheckInput,
): void {
  for (const [index, host] of hosts.entries()) {
    const place = at.to(index);
    if (host === '*' && isForMesh) {
      report.add(
        'VS_HOST_STAR_IN_MESH',
        place,
        'the host "*" is possible only for gateways: sidecars (gateway "mesh") would catch all traffic',
      );
    } else if (!isWildcardDomain(host) && !isIpAddress(host) && !(takesSni && host.startsWith('outbound_.'))) {
      report.add(
        'HOST_INVALID',
        place,
        `${place} is "${host}", expected a host name, an IP address, or a name that begins with "*."`,
      );
    }
    const other = hosts.slice(0, index).find((earlier) => hostsOverlap(earlier, host));
    if (other !== undefined)
      report.add('VS_HOST_REPEATED', place, `hosts "${other}" and "${host}" of one VirtualService overlap`);
  }
}
