import type { Static } from 'typebox';
import type { ConnectionPool, TcpKeepalive } from '../../model/traffic-policy.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import type { IssueReport } from '../report.ts';
import { findDurationMs } from '../schema/duration.ts';
import { choice, flag, object, text, whole } from '../schema/fields.ts';

/** How idle connections are kept alive. */
export const TCP_KEEPALIVE = object('How idle connections are probed.', {
  required: {},
  optional: {
    probes: whole('Probes without an answer before a connection counts as dead.', {
      minimum: 0,
      maximum: 4294967295,
      absent: "the operating system's",
    }),
    time: text('How long a connection is idle before it is probed.', {
      format: 'socket-duration',
      absent: "the operating system's",
    }),
    interval: text('Time between probes.', { format: 'socket-duration', absent: "the operating system's" }),
  },
});

const TCP = object('Limits of connections, whatever they carry.', {
  required: {},
  optional: {
    maxConnections: whole('Most connections to all workloads of the host.', {
      minimum: 0,
      absent: 'no limit',
    }),
    connectTimeout: text('How long connecting may take.', { format: 'duration', absent: "the mesh's connectTimeout" }),
    tcpKeepalive: TCP_KEEPALIVE,
    maxConnectionDuration: text('How long a connection may live.', { format: 'duration', absent: 'no limit' }),
    idleTimeout: text('How long a connection without traffic lives; 0s is for ever.', {
      format: 'duration-or-zero',
      absent: '1h',
    }),
  },
});

const KEEPALIVE = object('Pings on HTTP/2 connections.', {
  required: {},
  optional: {
    interval: text('Time between pings.', { format: 'duration' }),
    timeout: text('How long an answer may take.', { format: 'duration' }),
  },
});

const HTTP = object('Limits of HTTP connections.', {
  required: {},
  optional: {
    http1MaxPendingRequests: whole('Most requests that wait for a connection.', {
      minimum: 0,
      absent: 'no limit',
    }),
    http2MaxRequests: whole('Most requests at the same time, in any version of HTTP.', {
      minimum: 0,
      absent: 'no limit',
    }),
    maxRequestsPerConnection: whole('Requests after which a connection is closed.', {
      minimum: 0,
      absent: 'no limit',
    }),
    maxRetries: whole('Most retries at the same time.', { minimum: 0, absent: 'no limit' }),
    idleTimeout: text('How long a connection without requests lives.', { format: 'duration', absent: '1h' }),
    h2UpgradePolicy: choice('Whether HTTP/1.1 is carried over HTTP/2.', ['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE']),
    useClientProtocol: flag('Whether the version of HTTP is that of the client.', { absent: 'false' }),
    maxConcurrentStreams: whole('Most requests at the same time on one HTTP/2 connection.', {
      minimum: 0,
      absent: 'no limit',
    }),
    http2KeepAlive: KEEPALIVE,
  },
});

/** Limits of the connections to a host. */
export const CONNECTION_POOL = object('Limits of the connections to the host.', {
  required: {},
  optional: { tcp: TCP, http: HTTP },
});

export type WrittenConnectionPool = Static<typeof CONNECTION_POOL>;

export function checkConnectionPool({ tcp, http }: WrittenConnectionPool, at: Pointer, report: IssueReport): void {
  if (tcp === undefined && http === undefined) report.add('POLICY_EMPTY', at, `${at} is empty, expected tcp or http`);
  if (http?.useClientProtocol === true && http.h2UpgradePolicy === 'UPGRADE') {
    report.add(
      'FIELD_EXCLUSIVE',
      at.to('http').to('useClientProtocol'),
      'useClientProtocol contradicts h2UpgradePolicy: UPGRADE',
      'key',
    );
  }
  const keepAlive = http?.http2KeepAlive;
  for (const name of ['interval', 'timeout'] as const) {
    if (!keepAlive || keepAlive[name] !== undefined) continue;
    const place = at.to('http').to('http2KeepAlive').to(name);
    report.add('FIELD_MISSING', place, `${place} is missing, but pings need both interval and timeout`);
  }
}

/** A count of zero is "no limit", which is how an absent one reads. */
export function parseConnectionPool({ tcp, http }: WrittenConnectionPool): ConnectionPool {
  return present({ tcp: tcp && parseTcp(tcp), http: http && parseHttp(http) });
}

function parseTcp(tcp: Static<typeof TCP>): NonNullable<ConnectionPool['tcp']> {
  return present({
    maxConnections: tcp.maxConnections || undefined,
    connectTimeoutMs: findMs(tcp.connectTimeout),
    keepalive: tcp.tcpKeepalive && parseKeepalive(tcp.tcpKeepalive),
    maxConnectionDurationMs: findMs(tcp.maxConnectionDuration),
    idleTimeoutMs: findMs(tcp.idleTimeout),
  });
}

function parseHttp(http: Static<typeof HTTP>): NonNullable<ConnectionPool['http']> {
  const { http2KeepAlive } = http;
  return present({
    http1MaxPendingRequests: http.http1MaxPendingRequests || undefined,
    http2MaxRequests: http.http2MaxRequests || undefined,
    maxRequestsPerConnection: http.maxRequestsPerConnection || undefined,
    maxRetries: http.maxRetries || undefined,
    idleTimeoutMs: findMs(http.idleTimeout),
    h2UpgradePolicy: toUpgrade(http.h2UpgradePolicy),
    useClientProtocol: http.useClientProtocol,
    maxConcurrentStreams: http.maxConcurrentStreams || undefined,
    keepalive:
      http2KeepAlive &&
      present({ intervalMs: findMs(http2KeepAlive.interval), timeoutMs: findMs(http2KeepAlive.timeout) }),
  });
}

function toUpgrade(policy: Static<typeof HTTP>['h2UpgradePolicy']): 'upgrade' | 'do-not-upgrade' | undefined {
  return policy === 'UPGRADE' ? 'upgrade' : policy === 'DO_NOT_UPGRADE' ? 'do-not-upgrade' : undefined;
}

export function parseKeepalive({ probes, time, interval }: Static<typeof TCP_KEEPALIVE>): TcpKeepalive {
  return present({ probes: probes || undefined, timeMs: findMs(time), intervalMs: findMs(interval) });
}

function findMs(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : findDurationMs(duration);
}
