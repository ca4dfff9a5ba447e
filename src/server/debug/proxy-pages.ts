import { CLUSTER_TYPE, ENDPOINT_TYPE, EXTENSION_CONFIG_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '../../xds/type-url.ts';
import type { StreamStatus } from '../../xds/session.ts';
import type { WatchStatus } from '../../xds/watch.ts';
import type { Handler, Reply } from '../http/router.ts';
import type { ConnectedProxy } from '../proxy/connected-proxy.ts';
import type { DebugContext } from './debug-context.ts';

/** Istio's names for the pairs of nonces in `syncz`. */
const PAIRS: readonly (readonly [name: string, typeUrl: string])[] = [
  ['cluster', CLUSTER_TYPE],
  ['listener', LISTENER_TYPE],
  ['route', ROUTE_TYPE],
  ['endpoint', ENDPOINT_TYPE],
  ['extensionconfig', EXTENSION_CONFIG_TYPE],
];

/** `/debug/syncz`: what each proxy was sent and has acknowledged, as `istioctl proxy-status` reads it. */
export function syncz(context: DebugContext): Handler {
  return ({ query }) => {
    const namespace = query.get('namespace');
    const streams = context
      .streams()
      .filter((s) => namespace === null || context.findProxy(s.id)?.facts.namespace === namespace);
    return { kind: 'json', value: streams.map((stream) => toSync(stream, context.findProxy(stream.id))) };
  };
}

function toSync(stream: StreamStatus, proxy: ConnectedProxy | undefined): unknown {
  const watches = new Map(stream.types.map((watch) => [watch.typeUrl, watch]));
  const pairs = PAIRS.flatMap(([name, typeUrl]) => {
    const watch = watches.get(typeUrl);
    return watch === undefined
      ? []
      : [
          [`${name}_sent`, watch.nonceSent],
          [`${name}_acked`, watch.nonceAcked],
        ];
  });
  return {
    cluster_id: proxy?.facts.cluster,
    proxy: nameOf(stream),
    proxy_type: proxy?.facts.type,
    istio_version: proxy?.facts.istioVersion,
    ...Object.fromEntries(pairs),
    resources: Object.fromEntries(stream.types.map((watch) => [watch.typeUrl, toResource(watch)])),
  };
}

function toResource(watch: WatchStatus): unknown {
  return {
    sent: watch.nonceSent,
    acked: watch.nonceAcked,
    sentTime: watch.sentAt === 0 ? undefined : new Date(watch.sentAt).toISOString(),
    lastError: watch.lastNack,
    version: watch.versionSent,
  };
}

/** The `pod.namespace` part of a node id, which is how operators name a proxy. */
export function nameOf({ node }: Pick<StreamStatus, 'node'>): string {
  return node.id.split('~')[2] ?? node.id;
}

/** `/debug/connections`. */
export function connections(context: DebugContext): Handler {
  return () => {
    const clients = context.streams().map(toClient);
    return { kind: 'json', value: { totalClients: clients.length, clients } };
  };
}

function toClient({ id, connectedAt, peerAddress }: StreamStatus): Record<string, unknown> {
  return { connectionId: id, connectedAt: new Date(connectedAt).toISOString(), address: peerAddress };
}

/** `/debug/adsz`: the connections with what they watch; `?push=true` makes every proxy look at its view again. */
export function adsz(context: DebugContext): Handler {
  return ({ query }) => {
    if (query.get('push') === 'true') {
      context.pushAll('asked for on /debug/adsz');
      return { kind: 'text', status: 200, body: `Pushed to ${context.streams().length} servers\n` };
    }
    const clients = context.streams().map((stream) => ({
      ...toClient(stream),
      protocol: stream.protocol,
      labels: context.findProxy(stream.id)?.proxy.labels,
      metadata: stream.node.metadata,
      locality: stream.node.locality,
      watches: Object.fromEntries(
        stream.types.map((watch) => [watch.typeUrl, watch.wildcard ? ['*'] : [...watch.names]]),
      ),
    }));
    return { kind: 'json', value: { totalClients: clients.length, clients } };
  };
}

/** Runs `page` for the proxy that `?proxyID=` names: any part of a connection's id, as istiod searches. */
export function forProxy(
  context: DebugContext,
  page: (proxy: ConnectedProxy, query: URLSearchParams) => Reply,
): Handler {
  return ({ query }) => {
    const wanted = query.get('proxyID');
    if (!wanted) return { kind: 'text', status: 400, body: 'You must provide a proxyID in the query string\n' };
    const stream = context.streams().find((s) => s.id.includes(wanted));
    const proxy = stream && context.findProxy(stream.id);
    return proxy === undefined
      ? {
          kind: 'text',
          status: 404,
          body: 'Proxy not connected to this Pilot instance. It may be connected to another instance.\n',
        }
      : page(proxy, query);
  };
}
