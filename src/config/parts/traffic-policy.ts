import type { Static } from 'typebox';
import type { PortTrafficPolicy, TrafficPolicy } from '../../model/traffic-policy.ts';
import type { CheckInput } from '../define-kind.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import { findDurationMs } from '../schema/duration.ts';
import { choice, decimal, listOf, object, text, whole } from '../schema/fields.ts';
import { CLIENT_TLS, checkClientTls, parseClientTls } from './client-tls.ts';
import { CONNECTION_POOL, checkConnectionPool, parseConnectionPool } from './connection-pool.ts';
import { PORT_SELECTOR } from './destination.ts';
import { LOAD_BALANCER, checkLoadBalancer, parseLoadBalancer } from './load-balancer.ts';
import { OUTLIER_DETECTION, checkOutlierDetection, parseOutlierDetection } from './outlier-detection.ts';

const BLOCKS = {
  loadBalancer: LOAD_BALANCER,
  connectionPool: CONNECTION_POOL,
  outlierDetection: OUTLIER_DETECTION,
  tls: CLIENT_TLS,
};

const PORT_POLICY = object('Settings of one port, which replace those of the host.', {
  required: { port: PORT_SELECTOR },
  optional: BLOCKS,
});

const TUNNEL = object('Carries TCP through an HTTP proxy.', {
  required: {
    targetHost: text('Host that the proxy is asked to connect to.', { format: 'fqdn-or-ip' }),
    targetPort: whole('Port that the proxy is asked to connect to.', { minimum: 1, maximum: 65535 }),
  },
  optional: { protocol: choice('How the proxy is asked.', ['CONNECT', 'POST']) },
});

const PROXY_PROTOCOL = object('Tells the host the address of the client, in the PROXY protocol.', {
  required: {},
  optional: { version: choice('Version of the protocol.', ['V1', 'V2']) },
});

const RETRY_BUDGET = object('Bounds retries to a share of the requests.', {
  required: {},
  optional: {
    percent: decimal('Retries per active requests, in percent.', { minimum: 0, maximum: 100, absent: '20' }),
    minRetryConcurrency: whole('Retries at the same time that are always allowed.', {
      minimum: 0,
      maximum: 4294967295,
      absent: '3',
    }),
    budgetInterval: text('Time over which requests are counted.', {
      format: 'duration-or-zero',
      absent: 'active requests only',
    }),
  },
});

/** How traffic to a host is balanced, limited, watched and encrypted. */
export const TRAFFIC_POLICY = object(
  'How traffic to the host is balanced, limited, watched and encrypted.',
  {
    required: {},
    optional: {
      ...BLOCKS,
      portLevelSettings: listOf('Settings of single ports.', PORT_POLICY, { maxItems: 4096 }),
      tunnel: TUNNEL,
      proxyProtocol: PROXY_PROTOCOL,
      retryBudget: RETRY_BUDGET,
    },
  },
  { exclusive: [['tunnel', 'proxyProtocol']] },
);

export type WrittenTrafficPolicy = Static<typeof TRAFFIC_POLICY>;
type WrittenPortPolicy = Static<typeof PORT_POLICY>;
type WrittenBlocks = Pick<WrittenTrafficPolicy, keyof typeof BLOCKS>;

export function checkTrafficPolicy(policy: WrittenTrafficPolicy | undefined, at: Pointer, input: CheckInput): void {
  if (policy === undefined) return;
  if (Object.keys(policy).length === 0) {
    input.report.add('POLICY_EMPTY', at, `${at} is empty, expected settings such as loadBalancer or connectionPool`);
    return;
  }
  checkBlocks(policy, at, input);
  checkPortPolicies(policy.portLevelSettings ?? [], at.to('portLevelSettings'), input);
}

function checkPortPolicies(policies: readonly WrittenPortPolicy[], at: Pointer, input: CheckInput): void {
  const seen = new Set<number>();
  for (const [index, { port, ...blocks }] of policies.entries()) {
    const place = at.to(index);
    if (seen.has(port.number))
      input.report.add(
        'DR_PORT_REPEATED',
        place.to('port'),
        `port ${port.number} has settings twice; the first ones count`,
      );
    seen.add(port.number);
    if (Object.keys(blocks).length === 0)
      input.report.add('POLICY_EMPTY', place, `${place} is empty, expected settings such as loadBalancer`);
    checkBlocks(blocks, place, input);
  }
}

function checkBlocks(
  { loadBalancer, connectionPool, outlierDetection, tls }: WrittenBlocks,
  at: Pointer,
  input: CheckInput,
): void {
  const { report, meta } = input;
  if (loadBalancer) checkLoadBalancer(loadBalancer, at.to('loadBalancer'), report, outlierDetection !== undefined);
  if (connectionPool) checkConnectionPool(connectionPool, at.to('connectionPool'), report);
  if (outlierDetection) checkOutlierDetection(outlierDetection, at.to('outlierDetection'), report);
  if (tls) checkClientTls(tls, at.to('tls'), { report, namespace: meta.namespace });
}

export function parseTrafficPolicy(policy: WrittenTrafficPolicy): TrafficPolicy {
  const { portLevelSettings = [], tunnel, proxyProtocol, retryBudget } = policy;
  return {
    ...parseBlocks(policy),
    portLevel: parsePortLevel(portLevelSettings),
    ...present({
      tunnel: tunnel && {
        protocol: tunnel.protocol ?? 'CONNECT',
        targetHost: tunnel.targetHost,
        targetPort: tunnel.targetPort,
      },
      proxyProtocol: proxyProtocol && (proxyProtocol.version ?? 'V1'),
      retryBudget:
        retryBudget &&
        present({
          percent: retryBudget.percent,
          minRetryConcurrency: retryBudget.minRetryConcurrency,
          budgetIntervalMs:
            retryBudget.budgetInterval === undefined ? undefined : findDurationMs(retryBudget.budgetInterval),
        }),
    }),
  };
}

/** The first entry of a port counts, as in Istio's own look-up. */
function parsePortLevel(policies: readonly WrittenPortPolicy[]): ReadonlyMap<number, PortTrafficPolicy> {
  const byPort = new Map<number, PortTrafficPolicy>();
  for (const policy of policies)
    if (!byPort.has(policy.port.number)) byPort.set(policy.port.number, parseBlocks(policy));
  return byPort;
}

function parseBlocks({ loadBalancer, connectionPool, outlierDetection, tls }: WrittenBlocks): PortTrafficPolicy {
  return present({
    loadBalancer: loadBalancer && parseLoadBalancer(loadBalancer),
    connectionPool: connectionPool && parseConnectionPool(connectionPool),
    outlierDetection: outlierDetection && parseOutlierDetection(outlierDetection),
    tls: tls && parseClientTls(tls),
  });
}
