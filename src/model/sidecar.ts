import type { ServerTls } from './gateway.ts';
import type { Labels, Meta } from './object.ts';
import type { Protocol } from './protocol.ts';
import type { ConnectionPool } from './traffic-policy.ts';
import type { Destination } from './virtual-service.ts';

/** How a listener of a Sidecar gets its connections; `none` binds a real port. */
export type CaptureMode = 'default' | 'iptables' | 'none';

/** The port of a listener of a Sidecar. */
export interface ListenerPort {
  /** 0 for a Unix domain socket. */
  readonly number: number;
  readonly name: string;
  readonly protocol: Protocol;
}

/** A pattern of `hosts`: `namespace/dnsName`, `not` when written with `~`. */
export interface HostPattern {
  /** A namespace, `*` for any, or `.` for the proxy's own: a root-namespace Sidecar means a different one for each proxy. */
  readonly namespace: string;
  /** `*`, `*.suffix` or a full name. */
  readonly host: string;
  readonly not: boolean;
}

/** One outbound listener of a Sidecar, and what it imports. */
export interface EgressListener {
  /** Absent: takes whatever ports the other listeners left. */
  readonly port?: ListenerPort;
  /** An IP or `unix://path`. */
  readonly bind?: string;
  readonly captureMode: CaptureMode;
  readonly hosts: readonly HostPattern[];
}

/** One inbound listener of a Sidecar, and where it sends what comes in. */
export interface IngressListener {
  readonly port: ListenerPort;
  readonly bind?: string;
  readonly captureMode: CaptureMode;
  readonly defaultEndpoint?:
    | { readonly kind: 'address'; readonly address: '127.0.0.1' | '::1' | '0.0.0.0' | '::'; readonly port: number }
    | { readonly kind: 'unix'; readonly path: string };
  readonly tls?: ServerTls;
  readonly connectionPool?: ConnectionPool;
}

/** What becomes of traffic to hosts that nobody declared. */
export interface OutboundTrafficPolicy {
  readonly mode: 'registry-only' | 'allow-any' | 'allow-any-dynamic-dns';
  readonly egressProxy?: Destination;
}

/** One Sidecar. Empty `egress` means everything visible; absent `ingress` means the services' own ports. */
export interface Sidecar {
  readonly meta: Meta;
  readonly workloadSelector?: Labels;
  readonly ingress?: readonly IngressListener[];
  readonly egress: readonly EgressListener[];
  readonly outboundTrafficPolicy?: OutboundTrafficPolicy;
  readonly inboundConnectionPool?: ConnectionPool;
}
