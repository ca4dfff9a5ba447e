import type { Static } from 'typebox';
import { findProtocol, isHttp, isTls } from '../../model/protocol.ts';
import type {
  CaptureMode,
  EgressListener,
  IngressListener,
  OutboundTrafficPolicy,
  Sidecar,
} from '../../model/sidecar.ts';
import { type CheckInput, type ParseInput, defineKind } from '../define-kind.ts';
import { CONNECTION_POOL, checkConnectionPool, parseConnectionPool } from '../parts/connection-pool.ts';
import { DESTINATION, parseDestination } from '../parts/destination.ts';
import { SIDECAR_PORT, checkTargetPort, parseSidecarPort } from '../parts/port.ts';
import { SERVER_TLS, type WrittenServerTls, checkServerTls, parseServerTls } from '../parts/server-tls.ts';
import { WORKLOAD_SELECTOR, checkSelector } from '../parts/workload-selector.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import { choice, listOf, object, text } from '../schema/fields.ts';
import { isIpAddress } from '../schema/names.ts';
import { findEndpoint } from './sidecar-endpoint.ts';
import { checkEgressHosts, parseHostPattern } from './sidecar-hosts.ts';

const CAPTURE_MODE = choice(
  'How traffic gets to the listener: by redirection (IPTABLES), or because the application asks for its address (NONE).',
  ['DEFAULT', 'IPTABLES', 'NONE'],
  {
    absent: "the proxy's",
  },
);

const INGRESS = object('A port on which the workload takes traffic.', {
  required: { port: SIDECAR_PORT },
  optional: {
    bind: text('IP address to listen on.', { format: 'ip-or-empty', absent: 'that of the workload' }),
    captureMode: CAPTURE_MODE,
    defaultEndpoint: text(
      'Where the application listens: `127.0.0.1:port`, `0.0.0.0:port`, `[::1]:port`, `[::]:port` or `unix://path`.',
      { absent: 'the same port' },
    ),
    tls: SERVER_TLS,
    connectionPool: CONNECTION_POOL,
  },
});

const EGRESS = object('A port on which the workload sends traffic, and the hosts it reaches there.', {
  required: {
    hosts: listOf(
      'Hosts: `namespace/host`, where either may be `*`, `.` is the own namespace, and `~` before the namespace leaves hosts out.',
      text('Host.'),
      { minItems: 1 },
    ),
  },
  optional: {
    port: SIDECAR_PORT,
    bind: text('IP address to listen on, or `unix://path`.', { format: 'bind', absent: 'those of the hosts' }),
    captureMode: CAPTURE_MODE,
  },
});

/** What becomes of traffic to hosts that the registry does not have. */
export const OUTBOUND_POLICY = object('What becomes of traffic to hosts that the registry does not have.', {
  required: {},
  optional: {
    mode: choice('Whether such traffic is let through.', ['REGISTRY_ONLY', 'ALLOW_ANY', 'ALLOW_ANY_DYNAMIC_DNS']),
    egressProxy: DESTINATION,
  },
});

const SPEC = object('What the proxies of some workloads listen on, and what they know of the mesh.', {
  required: {},
  optional: {
    workloadSelector: WORKLOAD_SELECTOR,
    ingress: listOf('Ports on which the workloads take traffic.', INGRESS, { absent: 'the ports of their services' }),
    egress: listOf('Ports on which the workloads send traffic.', EGRESS, { absent: 'everything that is visible' }),
    inboundConnectionPool: CONNECTION_POOL,
    outboundTrafficPolicy: OUTBOUND_POLICY,
  },
});

type WrittenIngress = Static<typeof INGRESS>;
type WrittenEgress = Static<typeof EGRESS>;

/** Istio's Sidecar. */
export const sidecar = defineKind({
  group: 'networking.istio.io',
  kind: 'Sidecar',
  plural: 'sidecars',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  scope: 'namespaced',
  affects: ['listener', 'route', 'cluster'],
  description: 'What the proxies of some workloads listen on, and what they know of the mesh.',
  shortNames: [],
  columns: [],
  spec: SPEC,

  check(spec, at, input) {
    const { workloadSelector, ingress = [], egress = [], inboundConnectionPool, outboundTrafficPolicy } = spec;
    if (workloadSelector) checkSelector(workloadSelector.labels, at.to('workloadSelector'), input);
    if (ingress.length + egress.length === 0 && !outboundTrafficPolicy && !inboundConnectionPool) {
      input.report.add(
        'SIDECAR_EMPTY',
        at,
        'the Sidecar says nothing: expected ingress, egress, outboundTrafficPolicy or inboundConnectionPool',
      );
    }
    checkIngress(ingress, at.to('ingress'), input);
    checkEgress(egress, at.to('egress'), input);
    if (inboundConnectionPool) checkConnectionPool(inboundConnectionPool, at.to('inboundConnectionPool'), input.report);
    if (outboundTrafficPolicy) checkOutboundPolicy(outboundTrafficPolicy, at.to('outboundTrafficPolicy'), input);
  },

  parse({ workloadSelector, ingress, egress = [], inboundConnectionPool, outboundTrafficPolicy }, input): Sidecar {
    return {
      meta: input.meta,
      egress: egress.map((listener) => parseEgress(listener)),
      ...present({
        // Without labels it picks every workload too, but goes before a Sidecar without one, and is no default for other namespaces.
        workloadSelector: workloadSelector && (workloadSelector.labels ?? {}),
        ingress: ingress && ingress.length > 0 ? ingress.map(parseIngress) : undefined,
        outboundTrafficPolicy: outboundTrafficPolicy && parseOutboundPolicy(outboundTrafficPolicy, input),
        inboundConnectionPool: inboundConnectionPool && parseConnectionPool(inboundConnectionPool),
      }),
    };
  },
});

function checkIngress(listeners: readonly WrittenIngress[], at: Pointer, input: CheckInput): void {
  const { report } = input;
  const ports = new Set<number>();
  for (const [index, { port, defaultEndpoint = '', tls, connectionPool }] of listeners.entries()) {
    const place = at.to(index);
    const { number = 0, protocol = '' } = port;
    if (number === 0)
      report.add(
        'VALUE_RANGE',
        place.to('port').to('number'),
        `${place}.port.number is missing or 0, expected a number from 1 to 65535`,
      );
    else if (ports.has(number))
      report.add(
        'SIDECAR_PORT_REPEATED',
        place.to('port').to('number'),
        `port ${number} is used by more than one ingress listener`,
      );
    ports.add(number);
    checkTargetPort(port, place.to('port'), report);
    if (defaultEndpoint !== '' && findEndpoint(defaultEndpoint) === undefined) {
      report.add(
        'ADDRESS_INVALID',
        place.to('defaultEndpoint'),
        `${place.to('defaultEndpoint')} is "${defaultEndpoint}", expected 127.0.0.1:port, 0.0.0.0:port, [::1]:port, [::]:port or unix://path of at most 107 bytes`,
      );
    }
    if (tls) checkIngressTls(tls, isTls(findProtocol(protocol) ?? 'auto'), place.to('tls'), input);
    if (connectionPool) checkConnectionPool(connectionPool, place.to('connectionPool'), report);
    if (connectionPool?.http && !isHttp(findProtocol(protocol) ?? 'auto')) {
      report.add(
        'FIELD_IGNORED',
        place.to('connectionPool').to('http'),
        `connectionPool.http has no effect on a port of protocol ${protocol || 'unknown'}`,
        'key',
      );
    }
  }
}

const NOT_AT_SIDECARS = [
  'subjectAltNames',
  'httpsRedirect',
  'credentialName',
  'credentialNames',
  'tlsCertificates',
] as const;

function checkIngressTls(tls: WrittenServerTls, isEncrypted: boolean, at: Pointer, input: CheckInput): void {
  const { report } = input;
  for (const field of NOT_AT_SIDECARS) {
    const value = tls[field];
    if (Array.isArray(value) ? value.length > 0 : value)
      report.add('SIDECAR_TLS', at.to(field), `${field} is not possible at sidecars`, 'key');
  }
  if (tls.mode === 'ISTIO_MUTUAL' || tls.mode === 'AUTO_PASSTHROUGH')
    report.add('SIDECAR_TLS', at.to('mode'), `mode ${tls.mode} is not possible at sidecars`);
  if (!isEncrypted) report.add('SIDECAR_TLS', at, `${at} needs a port of protocol HTTPS or TLS`);
  checkServerTls(tls, at, input);
}

function checkEgress(listeners: readonly WrittenEgress[], at: Pointer, input: CheckInput): void {
  const { report } = input;
  const taken = new Set<string>();
  for (const [index, { port, bind = '', captureMode = 'DEFAULT', hosts }] of listeners.entries()) {
    const place = at.to(index);
    checkEgressHosts(hosts, place.to('hosts'), input);
    if (port === undefined) {
      if (index < listeners.length - 1)
        report.add('SIDECAR_CATCH_ALL', place, `${place} has no port, so it takes all that is left and must come last`);
      if (bind.startsWith('unix://'))
        report.add(
          'SIDECAR_SOCKET_PORT',
          place.to('bind'),
          `${place} has no port, and every port of its hosts would want the socket: a Unix socket needs port.number: 0`,
        );
      continue;
    }
    checkTargetPort(port, place.to('port'), report);
    const { number = 0 } = port;
    const isUnix = bind.startsWith('unix://');
    if (number === 0 && !isUnix)
      report.add(
        'VALUE_RANGE',
        place.to('port').to('number'),
        `${place}.port.number is 0, expected a number from 1 to 65535 unless bind is unix://path`,
      );
    if (number !== 0 && !(bind === '' || isIpAddress(bind)))
      report.add('ADDRESS_INVALID', place.to('bind'), `${place}.bind is "${bind}", expected an IP address on a port`);
    if (number === 0 && captureMode === 'IPTABLES')
      report.add(
        'SIDECAR_SOCKET_CAPTURE',
        place.to('captureMode'),
        'connections to a Unix socket cannot be redirected: captureMode must be DEFAULT or NONE',
      );
    const key = number === 0 ? bind : String(number);
    if (taken.has(key))
      report.add(
        'SIDECAR_PORT_REPEATED',
        place.to('port'),
        `${number === 0 ? bind : `port ${number}`} is used by more than one egress listener`,
      );
    taken.add(key);
  }
}

function checkOutboundPolicy(
  { mode = 'REGISTRY_ONLY', egressProxy }: Static<typeof OUTBOUND_POLICY>,
  at: Pointer,
  { report }: CheckInput,
): void {
  if (mode === 'ALLOW_ANY_DYNAMIC_DNS') {
    report.add(
      'ENUM_UNKNOWN',
      at.to('mode'),
      'mode ALLOW_ANY_DYNAMIC_DNS is possible only for the whole mesh, expected REGISTRY_ONLY or ALLOW_ANY',
    );
  } else if (egressProxy) {
    const place = at.to('egressProxy');
    if (mode !== 'ALLOW_ANY')
      report.add(
        'SIDECAR_EGRESS_PROXY',
        place,
        'egressProxy needs mode ALLOW_ANY: nothing else lets unknown traffic out',
        'key',
      );
    if (egressProxy.port === undefined)
      report.add('FIELD_MISSING', place.to('port'), `${place.to('port')} is missing, but required`);
  }
}

const CAPTURE_MODES = { DEFAULT: 'default', IPTABLES: 'iptables', NONE: 'none' } as const satisfies Record<
  string,
  CaptureMode
>;

function parseIngress({
  port,
  bind,
  captureMode = 'DEFAULT',
  defaultEndpoint = '',
  tls,
  connectionPool,
}: WrittenIngress): IngressListener {
  return {
    port: parseSidecarPort(port),
    captureMode: CAPTURE_MODES[captureMode],
    ...present({
      bind: bind || undefined,
      defaultEndpoint: findEndpoint(defaultEndpoint),
      tls: tls && parseServerTls(tls),
      connectionPool: connectionPool && parseConnectionPool(connectionPool),
    }),
  };
}

function parseEgress({ port, bind, captureMode = 'DEFAULT', hosts }: WrittenEgress): EgressListener {
  return {
    captureMode: CAPTURE_MODES[captureMode],
    hosts: hosts.map(parseHostPattern),
    ...present({ port: port && parseSidecarPort(port), bind: bind || undefined }),
  };
}

const MODES = {
  REGISTRY_ONLY: 'registry-only',
  ALLOW_ANY: 'allow-any',
  ALLOW_ANY_DYNAMIC_DNS: 'allow-any-dynamic-dns',
} as const;

/** An absent mode means REGISTRY_ONLY here, although the mesh's own default is ALLOW_ANY. */
function parseOutboundPolicy(
  { mode = 'REGISTRY_ONLY', egressProxy }: Static<typeof OUTBOUND_POLICY>,
  input: ParseInput,
): OutboundTrafficPolicy {
  return { mode: MODES[mode], ...present({ egressProxy: egressProxy && parseDestination(egressProxy, input) }) };
}
