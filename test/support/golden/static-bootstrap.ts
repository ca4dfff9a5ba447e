import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { tcpAddress } from '../../../src/agent/address.ts';
import { compileBootstrap } from '../../../src/agent/bootstrap.ts';
import type { CompiledCase } from './compiled-case.ts';

type Json = Readonly<Record<string, unknown>>;

/** What the control plane is not asked for, but clusters and listeners refer to: the agent's secrets. */
const SDS_CLUSTER = {
  name: 'sds-grpc',
  type: 'STATIC',
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
  load_assignment: {
    cluster_name: 'sds-grpc',
    endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: './var/run/secrets/socket' } } } }] }],
  },
};

/**
 * A bootstrap that holds everything of a case by itself, for Envoy to check as a whole: routes stand inside their connection managers, and each
 * assignment in a cluster of its own, because what only arrives later is not looked at.
 *
 * Files that users name exist on their machines, not here: certificates stand in for them.
 */
export function toStaticBootstrap({ resources }: CompiledCase): object {
  const { cds, eds, lds, rds, sds } = resources;
  const used = new Set<string>();
  const listeners = [...lds.values()].map((listener) => inlineRoutes(listener, rds, used));
  const unused = [...rds].filter(([name]) => !used.has(name)).map(toRouteListener);
  const bootstrap = compileBootstrap({
    proxy: {
      type: 'sidecar',
      ips: ['127.0.0.1'],
      name: 'golden',
      namespace: 'default',
      labels: {},
      interception: 'NONE',
    },
    discovery: tcpAddress('127.0.0.1', 1),
    admin: tcpAddress('127.0.0.1', 0),
  });
  const own = toJsonObject(bootstrap.static_resources);
  return replaceFiles({
    ...bootstrap,
    static_resources: {
      ...own,
      clusters: [...toList(own.clusters), SDS_CLUSTER, ...cds.values(), ...[...eds].map(toStaticCluster)],
      listeners: [...toList(own.listeners), ...listeners, ...unused],
      secrets: [...sds.values()],
    },
  });
}

function toStaticCluster([name, assignment]: readonly [string, unknown]): object {
  return { name: `endpoints of ${name}`, type: 'STATIC', load_assignment: assignment };
}

/** A port that no listener may take has its routes all the same. */
function toRouteListener([name, routes]: readonly [string, unknown], index: number): object {
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'unused',
    route_config: routes,
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
  return {
    name: `routes ${name}`,
    address: { socket_address: { address: '127.0.0.99', port_value: 1 + index } },
    bind_to_port: false,
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
  };
}

function inlineRoutes(value: unknown, routes: ReadonlyMap<string, unknown>, used: Set<string>): unknown {
  return mapObjects(value, ({ rds, ...rest }) => {
    if (!isObject(rds)) return { ...rest, ...(rds !== undefined && { rds }) };
    const name = String(rds.route_config_name);
    used.add(name);
    if (!routes.has(name)) throw new Error(`there is no route configuration ${name}`);
    return { ...rest, route_config: routes.get(name) };
  });
}

/** Which part of a certificate each field holds. */
const PARTS: Readonly<Record<string, string>> = {
  certificate_chain: 'tls.crt',
  private_key: 'tls.key',
  trusted_ca: 'ca.crt',
};

function replaceFiles(value: unknown): object {
  const texts = readCredential();
  return toJsonObject(
    mapObjects(value, (object) =>
      Object.fromEntries(
        Object.entries(object).map(([field, inner]) => {
          const part = PARTS[field];
          const isFile = part !== undefined && isObject(inner) && 'filename' in inner;
          return [field, isFile ? { inline_string: texts[part] } : inner];
        }),
      ),
    ),
  );
}

function readCredential(): Json {
  const text = readFileSync(new URL('../../golden/shared/credential.yaml', import.meta.url), 'utf8');
  return toJsonObject(toJsonObject(parse(text)).stringData);
}

/** Rebuilds a value, each object through `change` once what is inside of it has been. */
function mapObjects(value: unknown, change: (object: Json) => Json): unknown {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change));
  if (!isObject(value)) return value;
  return change(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapObjects(inner, change)])));
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toJsonObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
