import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Declared, declare, type JsonObject, NETWORKING } from '../support/declare/declared.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask } from '../support/http.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';
import { Upstream } from '../support/live/upstream.ts';
import { RateLimitService } from '../support/rate-limit-service.ts';
import { until } from '../support/until.ts';

const OUTBOUND_PORT = 26_100;
const INBOUND_PORT = 26_101;
const ADMIN_PORT = 26_901;
const HOST = 'shop.example';

const TYPES = 'type.googleapis.com/envoy.extensions.filters.http';

const patchOf = (applyTo: string, operation: string, match: JsonObject, value?: JsonObject): JsonObject => ({
  applyTo,
  match,
  patch: { operation, ...(value && { value }) },
});

function envoyFilter(name: string, ...configPatches: JsonObject[]): Declared {
  const identity = { apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter', name };
  return declare(identity, { spec: { configPatches } });
}

/** An HTTP filter in front of the router. */
const insert = (context: string, value: JsonObject) => {
  const filter = {
    name: 'envoy.filters.network.http_connection_manager',
    subFilter: { name: 'envoy.filters.http.router' },
  };
  return patchOf('HTTP_FILTER', 'INSERT_BEFORE', { context, listener: { filterChain: { filter } } }, value);
};

const typed = (name: string, type: string, config: JsonObject) => ({
  name: `envoy.filters.http.${name}`,
  typed_config: { '@type': `${TYPES}.${type}`, ...config },
});

const EVERY_REQUEST = { default_value: { numerator: 100 } };

/** Two requests, and not another for an hour. */
const twoAnHour = typed('local_ratelimit', 'local_ratelimit.v3.LocalRateLimit', {
  stat_prefix: 'limit',
  token_bucket: { max_tokens: 2, tokens_per_fill: 2, fill_interval: '3600s' },
  filter_enabled: EVERY_REQUEST,
  filter_enforced: EVERY_REQUEST,
  response_headers_to_add: [{ header: { key: 'x-limited', value: 'yes' } }],
});

const staticCluster = (name: string, port: number, rest: JsonObject = {}): JsonObject => ({
  name,
  type: 'STATIC',
  connect_timeout: '1s',
  load_assignment: {
    cluster_name: name,
    endpoints: [
      { lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }] },
    ],
  },
  ...rest,
});

const HTTP2 = {
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
};

describeWithEnvoy('EnvoyFilters', (program, it) => {
  let live: LiveMesh;
  let shop: Upstream;
  let other: Upstream;
  let applied: readonly Declared[] = [];

  const get = (port = OUTBOUND_PORT, headers = {}) =>
    ask(`http://127.0.0.1:${port}/`, { headers: { host: HOST, ...headers } });
  const statuses = async (count: number, port = OUTBOUND_PORT) => {
    const answers: number[] = [];
    for (let i = 0; i < count; i++) answers.push((await get(port)).status);
    return answers;
  };
  const apply = async (...objects: Declared[]) => {
    applied = objects;
    await live.mesh.apply(...objects);
  };
  /** Waits until the proxy runs a configuration with these words in it. */
  const untilConfigured = (words: string) =>
    until(`the proxy to have ${words}`, async () => {
      const dump = JSON.stringify(await live.envoys.get('client')?.admin.configDump());
      return dump.includes(words) || undefined;
    });

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    [shop, other] = await Promise.all([Upstream.start('shop'), Upstream.start('other')]);
    const spec = {
      hosts: [HOST],
      resolution: 'STATIC',
      ports: [{ name: 'http', number: OUTBOUND_PORT, protocol: 'HTTP' }],
      endpoints: [{ address: '127.0.0.1', ports: { http: shop.port } }],
    };
    const port = { number: INBOUND_PORT, name: 'http', protocol: 'HTTP' };
    const ingress = [{ port, bind: '127.0.0.1', captureMode: 'NONE', defaultEndpoint: `127.0.0.1:${shop.port}` }];
    const rule = { hosts: [HOST], http: [{ name: 'mine', route: [{ destination: { host: HOST } }] }] };
    await live.mesh.apply(
      declare({ apiVersion: NETWORKING, kind: 'ServiceEntry', name: 'shop' }, { spec }),
      declare({ apiVersion: NETWORKING, kind: 'VirtualService', name: 'shop' }, { spec: rule }),
      declare(
        { apiVersion: NETWORKING, kind: 'Sidecar', name: 'all' },
        { spec: { ingress, egress: [{ hosts: ['*/*'] }] } },
      ),
    );
    const ips = ['127.0.0.1'] as const;
    const identity = { type: 'sidecar', ips, name: 'client', namespace: 'default', labels: { app: 'client' } } as const;
    await live.startEnvoy({ ...identity, interception: 'NONE' }, ADMIN_PORT);
  });

  afterEach(async () => {
    await live.mesh.remove(...applied);
    await until('plain traffic', async () => {
      const both = [await get(), await get(INBOUND_PORT)];
      return (
        both.every(({ status, headers, body }) => status === 200 && !headers['x-limited'] && body === 'shop') ||
        undefined
      );
    });
    shop.behave({});
    other.behave({});
  });

  afterAll(async () => {
    await live.stop();
    await Promise.all([shop, other].map((upstream) => upstream.stop()));
  });

  it('limits requests that a workload sends', async () => {
    await apply(envoyFilter('limit', insert('SIDECAR_OUTBOUND', twoAnHour)));
    await untilConfigured('local_ratelimit.v3');
    expect(await statuses(4)).toEqual([200, 200, 429, 429]);
    expect((await get()).headers['x-limited']).toBe('yes');
    expect(await statuses(3, INBOUND_PORT)).toEqual([200, 200, 200]);
  });

  it('limits requests that a workload takes', async () => {
    await apply(envoyFilter('limit', insert('SIDECAR_INBOUND', twoAnHour)));
    await untilConfigured('local_ratelimit.v3');
    expect(await statuses(4, INBOUND_PORT)).toEqual([200, 200, 429, 429]);
    expect(await statuses(3)).toEqual([200, 200, 200]);
  });

  it('asks a rate-limit service about each request', async () => {
    const service = await RateLimitService.start(3);
    const domain = 'shop';
    const filter = typed('ratelimit', 'ratelimit.v3.RateLimit', {
      domain,
      failure_mode_deny: true,
      timeout: '5s',
      rate_limit_service: { grpc_service: { envoy_grpc: { cluster_name: 'limits' } }, transport_api_version: 'V3' },
    });
    const actions = [{ request_headers: { header_name: 'x-user', descriptor_key: 'user', skip_if_absent: true } }];
    const vhost = { name: `${HOST}:${OUTBOUND_PORT}` };
    await apply(
      envoyFilter(
        'limit',
        patchOf('CLUSTER', 'ADD', {}, staticCluster('limits', service.port, HTTP2)),
        insert('SIDECAR_OUTBOUND', filter),
        patchOf(
          'VIRTUAL_HOST',
          'MERGE',
          { context: 'SIDECAR_OUTBOUND', routeConfiguration: { vhost } },
          { rate_limits: [{ actions }] },
        ),
      ),
    );
    await untilConfigured('descriptor_key');
    await untilConfigured('ratelimit.v3.RateLimit');
    const answers = [];
    for (const user of ['ann', 'ann', 'ann', 'ann', 'bob'])
      answers.push((await get(undefined, { 'x-user': user })).status);
    expect(answers).toEqual([200, 200, 200, 429, 200]);
    expect(service.questions).toEqual([...Array.from({ length: 4 }, () => 'shop user=ann'), 'shop user=bob']);
    service.stop();
  });

  it('runs Lua, and mutates headers', async () => {
    const code = "function envoy_on_request(handle) handle:headers():add('x-lua', 'was here') end";
    const mutations = { response_mutations: [{ append: { header: { key: 'x-mutated', value: 'yes' } } }] };
    await apply(
      envoyFilter(
        'headers',
        insert('SIDECAR_OUTBOUND', typed('lua', 'lua.v3.Lua', { default_source_code: { inline_string: code } })),
        insert('SIDECAR_OUTBOUND', typed('header_mutation', 'header_mutation.v3.HeaderMutation', { mutations })),
      ),
    );
    await untilConfigured('x-mutated');
    expect((await get()).headers['x-mutated']).toBe('yes');
    expect(shop.arrivals.at(-1)?.headers['x-lua']).toBe('was here');
  });

  it('serves the settings of a filter apart from its listener', async () => {
    const source = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };
    const config_discovery = { config_source: source, type_urls: [`${TYPES}.local_ratelimit.v3.LocalRateLimit`] };
    const apart = { name: 'apart', typed_config: twoAnHour.typed_config };
    await apply(
      envoyFilter(
        'apart',
        insert('SIDECAR_OUTBOUND', { name: 'apart', config_discovery }),
        patchOf('EXTENSION_CONFIG', 'ADD', {}, apart),
      ),
    );
    await untilConfigured('config_discovery');
    await until('the first request', async () => (await get()).status === 200 || undefined);
    expect(await statuses(2)).toEqual([200, 429]);
  });

  it('leaves a filter to Envoy that is newer than the control plane', async () => {
    const config = { credentials: [{ key: 'secret', client: 'ann' }], key_sources: [{ header: 'x-key' }] };
    await apply(
      envoyFilter('keys', insert('SIDECAR_OUTBOUND', typed('api_key_auth', 'api_key_auth.v3.ApiKeyAuth', config))),
    );
    await untilConfigured('api_key_auth');
    expect((await get()).status).toBe(401);
    expect((await get(undefined, { 'x-key': 'secret' })).status).toBe(200);
  });

  it('adds a cluster and leads a route to it', async () => {
    const vhost = { route: { name: 'mine' } };
    await apply(
      envoyFilter(
        'elsewhere',
        patchOf('CLUSTER', 'ADD', {}, staticCluster('elsewhere', other.port)),
        patchOf(
          'HTTP_ROUTE',
          'MERGE',
          { context: 'SIDECAR_OUTBOUND', routeConfiguration: { vhost } },
          { route: { cluster: 'elsewhere' } },
        ),
      ),
    );
    await until('traffic elsewhere', async () => (await get()).body === 'other' || undefined);
    shop.behave({});
    expect(await statuses(3)).toEqual([200, 200, 200]);
    expect(shop.arrivals).toEqual([]);
  });

  it('merges into a cluster', async () => {
    const match = { cluster: { service: HOST, portNumber: OUTBOUND_PORT } };
    await apply(
      envoyFilter(
        'timeout',
        patchOf('CLUSTER', 'MERGE', match, { connect_timeout: '3.125s', alt_stat_name: 'renamed' }),
      ),
    );
    await untilConfigured('3.125s');
    await until('traffic', async () => (await get()).status === 200 || undefined);
    expect(await live.envoys.get('client')?.admin.stat('cluster.renamed.upstream_rq_200')).toBeGreaterThan(0);
  });

  it('removes a virtual host', async () => {
    const vhost = { name: `${HOST}:${OUTBOUND_PORT}` };
    const context = 'SIDECAR_OUTBOUND';
    const others = { name: 'allow_any' };
    await apply(
      envoyFilter(
        'gone',
        patchOf('VIRTUAL_HOST', 'REMOVE', { context, routeConfiguration: { vhost } }),
        patchOf('VIRTUAL_HOST', 'REMOVE', { context, routeConfiguration: { vhost: others } }),
      ),
    );
    await until('no such host', async () => (await get()).status === 404 || undefined);
    expect(await statuses(2)).toEqual([404, 404]);
  });

  it('puts an EnvoyFilter in quarantine that a proxy refuses, and nothing else', async () => {
    const code = { inline_string: 'this is no Lua' };
    await apply(
      envoyFilter('broken', insert('ANY', typed('lua', 'lua.v3.Lua', { default_source_code: code }))),
      envoyFilter('sound', insert('SIDECAR_OUTBOUND', twoAnHour)),
    );
    await untilConfigured('local_ratelimit.v3');
    expect(live.mesh.fateOf('EnvoyFilter', 'broken')).toBe('quarantined');
    expect(live.mesh.fateOf('EnvoyFilter', 'sound')).toBe('applied');
    for (const kind of ['VirtualService', 'ServiceEntry']) expect(live.mesh.fateOf(kind, 'shop')).toBe('applied');
    expect(await statuses(3)).toEqual([200, 200, 429]);
    expect(await statuses(3, INBOUND_PORT)).toEqual([200, 200, 200]);
  });

  it('tells what matches nothing', async () => {
    const match = { cluster: { name: 'outbound|1||nobody' } };
    await apply(envoyFilter('lost', patchOf('CLUSTER', 'MERGE', match, { connect_timeout: '1s' })));
    expect(live.mesh.notes().filter((note) => note.startsWith('ENVOY_FILTER'))).toEqual([
      'ENVOY_FILTER_NO_MATCH EnvoyFilter/default/lost spec.configPatches[0] changes nothing: no CLUSTER of the proxies it is for matches it',
    ]);
  });
});
