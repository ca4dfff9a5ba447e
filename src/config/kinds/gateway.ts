import type { Static } from 'typebox';
import type { Gateway, GatewayServer } from '../../model/gateway.ts';
import { type Protocol, findProtocol, isHttp, isTls } from '../../model/protocol.ts';
import { type CheckInput, defineKind } from '../define-kind.ts';
import { PORT, checkTargetPort } from '../parts/port.ts';
import { SERVER_TLS, type WrittenServerTls, checkServerTls, parseServerTls } from '../parts/server-tls.ts';
import { LABELS, checkLabelKeys } from '../parts/workload-selector.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import type { IssueReport } from '../report.ts';
import { listOf, object, text } from '../schema/fields.ts';
import { isDnsLabel, isFqdn, isIpAddress, isPartialWildcard, isWildcardDomain } from '../schema/names.ts';

const SERVER = object('A port that the gateway opens, and the hosts it serves there.', {
  required: {
    port: PORT,
    hosts: listOf(
      'Hosts served: `host`, `*.suffix` or `*`, each after a `namespace/` whose VirtualServices may use it.',
      text('Host.'),
      { minItems: 1 },
    ),
  },
  optional: {
    bind: text('Address to listen on, or `unix://path`.', { format: 'bind', absent: 'all addresses' }),
    tls: SERVER_TLS,
    defaultEndpoint: text('Has no effect.', { deprecated: true }),
    name: text('Name of the server, for statistics.'),
  },
});

const SPEC = object('Ports that gateway proxies open towards the outside.', {
  required: { servers: listOf('Servers.', SERVER, { minItems: 1 }) },
  optional: {
    selector: {
      ...LABELS,
      description: 'Labels of the gateway proxies that are meant.',
      absent: 'every gateway proxy',
    },
  },
});

type WrittenServer = Static<typeof SERVER>;

/** Istio's Gateway. */
export const gateway = defineKind({
  group: 'networking.istio.io',
  kind: 'Gateway',
  plural: 'gateways',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  scope: 'namespaced',
  affects: ['listener', 'route', 'secret'],
  description: 'Ports that gateway proxies open towards the outside.',
  shortNames: ['gw'],
  columns: [],
  spec: SPEC,

  check({ servers, selector }, at, input) {
    checkLabelKeys(selector, at.to('selector'), input);
    const names = new Set<string>();
    for (const [index, server] of servers.entries()) {
      const place = at.to('servers').to(index);
      const { name } = server.port;
      if (names.has(name))
        input.report.add(
          'GW_PORT_NAME_REPEATED',
          place.to('port').to('name'),
          `port name "${name}" is used by more than one server`,
        );
      names.add(name);
      checkServer(server, place, input);
    }
  },

  parse({ servers, selector = {} }, { meta }): Gateway {
    const [first, ...rest] = servers.map((server) => parseServer(server, meta.namespace));
    if (first === undefined) throw new Error('a Gateway without servers was not refused');
    return {
      meta,
      servers: [first, ...rest],
      ...present({ selector: Object.keys(selector).length > 0 ? selector : undefined }),
    };
  },
});

function checkServer(server: WrittenServer, at: Pointer, input: CheckInput): void {
  const { port, bind = '', tls, defaultEndpoint } = server;
  const { report } = input;
  checkTargetPort(port, at.to('port'), report);
  checkPortNumber(port.number, bind, at.to('port').to('number'), report);
  if (defaultEndpoint !== undefined)
    report.add('FIELD_IGNORED', at.to('defaultEndpoint'), 'defaultEndpoint has no effect at gateways', 'key');
  checkHosts(server.hosts, at.to('hosts'), report);
  checkTls(findProtocol(port.protocol) ?? 'auto', tls, at, input);
}

/** A port number and a Unix socket exclude each other. */
export function checkPortNumber(number: number, bind: string, at: Pointer, report: IssueReport): void {
  const isUnix = bind.startsWith('unix://');
  if (isUnix && number !== 0) report.add('VALUE_RANGE', at, `${at} is ${number}, expected 0 for a Unix socket`);
  if (!isUnix && number === 0) report.add('VALUE_RANGE', at, `${at} is 0, expected a number from 1 to 65535`);
}

function checkHosts(hosts: readonly string[], at: Pointer, report: IssueReport): void {
  for (const [index, written] of hosts.entries()) {
    const place = at.to(index);
    const slash = written.indexOf('/');
    const namespace = slash === -1 ? '*' : written.slice(0, slash);
    const host = written.slice(slash + 1);
    if (namespace !== '*' && namespace !== '.' && !isDnsLabel(namespace)) {
      report.add(
        'GW_HOST_INVALID',
        place,
        `${place} is "${written}", expected a namespace, "." or "*" before the slash`,
      );
    }
    if (isIpAddress(host) || host === '*') continue;
    if (!isWildcardDomain(host))
      report.add(
        'GW_HOST_INVALID',
        place,
        `${place} is "${written}", expected a host name, one that begins with "*.", or "*"`,
      );
    else if (isPartialWildcard(host))
      report.add('GW_HOST_INVALID', place, `${place} is "${written}", but "*" can only stand for whole labels`);
    else if (!host.includes('.') && isFqdn(host)) {
      report.add(
        'GW_HOST_INVALID',
        place,
        `${place} is "${written}", but names without a dot mean nothing at gateways: write the full name`,
      );
    }
  }
}

function checkTls(protocol: Protocol, tls: WrittenServerTls | undefined, at: Pointer, input: CheckInput): void {
  const { report } = input;
  const place = at.to('tls');
  if (isTls(protocol)) {
    if (tls === undefined)
      report.add('GW_TLS_MISSING', place, `${at} speaks ${protocol.toUpperCase()}, so it needs tls`);
    else checkServerTls(tls, place, input);
    if (tls?.httpsRedirect)
      report.add(
        'FIELD_IGNORED',
        place.to('httpsRedirect'),
        'httpsRedirect has no effect on a server that is not plain HTTP',
        'key',
      );
  } else if (tls !== undefined && !(isHttp(protocol) && isRedirectOnly(tls))) {
    report.add(
      'GW_TLS_UNEXPECTED',
      place,
      `${at} speaks ${protocol.toUpperCase()}, which is not encrypted${isHttp(protocol) ? ': tls may only say httpsRedirect' : ''}`,
    );
  }
}

function isRedirectOnly(tls: WrittenServerTls): boolean {
  const {
    mode = 'PASSTHROUGH',
    serverCertificate,
    privateKey,
    caCertificates,
    credentialName,
    credentialNames = [],
    tlsCertificates = [],
  } = tls;
  const hasFiles = Boolean(serverCertificate || privateKey || caCertificates || credentialName);
  return mode === 'PASSTHROUGH' && !hasFiles && credentialNames.length === 0 && tlsCertificates.length === 0;
}

function parseServer({ port, hosts, bind, tls, name }: WrittenServer, namespace: string): GatewayServer {
  const protocol = findProtocol(port.protocol) ?? 'auto';
  const [first, ...rest] = listHosts(hosts, namespace);
  if (first === undefined) throw new Error('a server without hosts was not refused');
  return {
    port: { number: port.number, name: port.name, protocol },
    hosts: [first, ...rest],
    httpsRedirect: isHttp(protocol) && (tls?.httpsRedirect ?? false),
    ...present({
      bind: bind || undefined,
      name: name || undefined,
      tls: tls && isTls(protocol) ? parseServerTls(tls) : undefined,
    }),
  };
}

/** `./h` becomes the Gateway's own `namespace/h`, and `*` before the slash says nothing; a bare `*` swallows the rest. */
function listHosts(hosts: readonly string[], namespace: string): readonly string[] {
  const named = hosts.map((host) => {
    if (host.startsWith('./')) return `${namespace}${host.slice(1)}`;
    return host.startsWith('*/') ? host.slice(2) : host;
  });
  return hosts.includes('*/*') ? ['*'] : named;
}
