import type { Gateway, GatewayServer } from './gateway.ts';
import type { ObjectKey } from './object.ts';

/** One server of one Gateway, as it came through the merge. */
export interface MergedServer {
  readonly gateway: Gateway;
  readonly server: GatewayServer;
  /** `namespace/name` of the Gateway, as VirtualServices refer to it. */
  readonly gatewayName: string;
  /** RDS name; empty for servers that are not HTTP. */
  readonly routeName: string;
}

/** Servers that share one listener socket: (port, bind). */
export interface ServerGroup {
  /** The port the proxy listens on, after the Service's port translation. */
  readonly port: number;
  /** Empty: the wildcard. */
  readonly bind: string;
  readonly servers: readonly [MergedServer, ...MergedServer[]];
}

/** A server that lost: which, to whom, and why. */
export interface RejectedServer {
  readonly gateway: Gateway;
  readonly server: GatewayServer;
  readonly because: string;
  readonly by?: ObjectKey;
}

/**
 * All Gateways that select one gateway workload, merged.
 * @see istio pilot/pkg/model/gateway.go `MergeGateways`
 */
export interface MergedGateway {
  readonly groups: readonly ServerGroup[];
  readonly rejected: readonly RejectedServer[];
  /** Servers by the RDS name they feed, in merge order. */
  readonly serversByRoute: ReadonlyMap<string, readonly [MergedServer, ...MergedServer[]]>;
  readonly hasAutoPassthrough: boolean;
}
