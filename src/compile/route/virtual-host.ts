import { encodeMessage } from '../../gen/codec.ts';
import { contentHash } from '../../kit/hash.ts';
import type { ObjectKey } from '../../model/object.ts';
import { virtualHostName } from '../names.ts';
import type { DomainList } from './domains.ts';
import { frame } from './frame.ts';
import type { EncodedRoute, EncodedRoutes } from './http-route.ts';

/** Number of `virtual_hosts` in Envoy's RouteConfiguration. */
const VIRTUAL_HOSTS_FIELD = 2;

/** One virtual host as it goes into route configurations. */
export interface EncodedVirtualHost {
  readonly name: string;
  /** With its tag and length, as a field of a route configuration. */
  readonly frame: Buffer;
  /** A hash of `frame`. */
  readonly digest: string;
  /** VirtualServices and DestinationRules of its routes, then whoever declared its host. */
  readonly origins: readonly ObjectKey[];
}

/** What a virtual host says beside its routes. */
export interface VirtualHostHead {
  readonly name: string;
  readonly domains: readonly string[];
  readonly requireTls?: boolean;
  /** Upstreams learn by header which attempt of a request they see. */
  readonly attemptCount: boolean;
}

/** Puts a virtual host together from routes that were encoded before. */
export function spliceVirtualHost(
  { name, domains, requireTls, attemptCount }: VirtualHostHead,
  routes: readonly EncodedRoute[],
  origins: readonly ObjectKey[],
): EncodedVirtualHost {
  const head = encodeMessage('envoy.config.route.v3.VirtualHost', { name, domains });
  const tail = encodeMessage('envoy.config.route.v3.VirtualHost', {
    ...(requireTls && { require_tls: 'ALL' }),
    include_request_attempt_count: attemptCount,
  });
  const bytes = Buffer.concat([head, ...routes.map((route) => route.frame), tail]);
  const framed = frame(VIRTUAL_HOSTS_FIELD, bytes);
  return { name, frame: framed, digest: contentHash(framed), origins: [...new Set(origins)] };
}

/** Compiles the virtual host of one host and port at a sidecar. */
export function compileVirtualHost(
  domains: DomainList,
  port: number,
  attemptCount: boolean,
  { routes, origins }: EncodedRoutes,
): EncodedVirtualHost {
  const head = { name: virtualHostName(domains.host, port), domains: domains.names, attemptCount };
  return spliceVirtualHost(head, routes, domains.owner ? [...origins, domains.owner] : origins);
}
