import { toJson } from '../../gen/codec.ts';
import type { ProxyView, Resource } from '../../xds/resource.ts';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  EXTENSION_CONFIG_TYPE,
  LISTENER_TYPE,
  NAME_TABLE_TYPE,
  ROUTE_TYPE,
  SECRET_TYPE,
  type TypeUrl,
} from '../../xds/type-url.ts';
import type { Reply } from '../http/router.ts';
import type { ConnectedProxy } from '../proxy/connected-proxy.ts';

const ADMIN = 'type.googleapis.com/envoy.admin.v3.';

/** How Envoy's admin API wraps the resources of each type. @see envoy/admin/v3/config_dump.proto */
const DUMPS: readonly {
  readonly short: string;
  readonly typeUrl: TypeUrl;
  wrap(resources: readonly Resource[]): unknown;
}[] = [
  {
    short: 'cds',
    typeUrl: CLUSTER_TYPE,
    wrap: (all) => ({
      '@type': `${ADMIN}ClustersConfigDump`,
      dynamic_active_clusters: all.map((r) => entry(r, CLUSTER_TYPE, 'cluster')),
    }),
  },
  {
    short: 'eds',
    typeUrl: ENDPOINT_TYPE,
    wrap: (all) => ({
      '@type': `${ADMIN}EndpointsConfigDump`,
      dynamic_endpoint_configs: all.map((r) => entry(r, ENDPOINT_TYPE, 'endpoint_config')),
    }),
  },
  {
    short: 'lds',
    typeUrl: LISTENER_TYPE,
    wrap: (all) => ({
      '@type': `${ADMIN}ListenersConfigDump`,
      dynamic_listeners: all.map((r) => ({ name: r.name, active_state: entry(r, LISTENER_TYPE, 'listener') })),
    }),
  },
  {
    short: 'rds',
    typeUrl: ROUTE_TYPE,
    wrap: (all) => ({
      '@type': `${ADMIN}RoutesConfigDump`,
      dynamic_route_configs: all.map((r) => entry(r, ROUTE_TYPE, 'route_config')),
    }),
  },
  {
    short: 'sds',
    typeUrl: SECRET_TYPE,
    wrap: (all) => ({
      '@type': `${ADMIN}SecretsConfigDump`,
      dynamic_active_secrets: all.map((r) => ({ name: r.name, ...entry(r, SECRET_TYPE, 'secret') })),
    }),
  },
  {
    short: 'ecds',
    typeUrl: EXTENSION_CONFIG_TYPE,
    wrap: (all) => ({
      '@type': `${ADMIN}EcdsConfigDump`,
      ecds_filters: all.map((r) => entry(r, EXTENSION_CONFIG_TYPE, 'ecds_filter')),
    }),
  },
];

/**
 * `/debug/config_dump`: what the proxy would be served now, in the form of Envoy's own dump. `types=cds,lds` chooses types; endpoints are left
 * out unless `include_eds` asks for them, as Envoy does. Private keys are redacted.
 */
export function configDump(proxy: ConnectedProxy, query: URLSearchParams): Reply {
  const types = query.get('types')?.split(',');
  const isWanted = (short: string) => types?.includes(short) ?? (short !== 'eds' || query.has('include_eds'));
  const view = proxy.view();
  const configs = DUMPS.filter(({ short }) => isWanted(short)).map(({ typeUrl, wrap }) =>
    wrap(listResources(view, typeUrl)),
  );
  return { kind: 'json', value: { configs } };
}

/** `/debug/edsz`: the load assignments of the proxy. */
export function edsz(proxy: ConnectedProxy): Reply {
  return { kind: 'json', value: listResources(proxy.view(), ENDPOINT_TYPE).map((r) => decode(r, ENDPOINT_TYPE)) };
}

/** `/debug/ndsz`: the names that the proxy's agent would be given. */
export function ndsz(proxy: ConnectedProxy): Reply {
  const [table] = listResources(proxy.view(), NAME_TABLE_TYPE);
  return { kind: 'json', value: table === undefined ? {} : decode(table, NAME_TABLE_TYPE) };
}

/** Every resource of a type that the view holds, over all its layers. */
export function listResources(view: ProxyView, typeUrl: TypeUrl): readonly Resource[] {
  return (view.layers.get(typeUrl) ?? []).flatMap((set) => set.all.resources);
}

function entry(resource: Resource, typeUrl: TypeUrl, field: string): Record<string, unknown> {
  const body = decode(resource, typeUrl);
  return {
    version_info: resource.version,
    [field]: redact({ '@type': typeUrl, ...(isObject(body) ? body : {}) }),
    origins: resource.origins,
  };
}

function decode({ bytes }: Resource, typeUrl: TypeUrl): unknown {
  return toJson(typeUrl.slice(typeUrl.lastIndexOf('/') + 1), bytes);
}

/** Takes private keys out of a resource, wherever they lie: patches may put them into any. */
function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'private_key' ? { inline_string: '[redacted]' } : redact(inner),
    ]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
