import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { meshOf } from '../../support/facts/mesh.ts';
import { meshConfig, service, sidecar } from '../../support/facts/objects.ts';

const WEB = { sidecar: 'default/web', ip: '1.1.1.1' };
const LISTENER = 'listener virtualInbound';

/** A service of the workload `web`. */
const web = (ports: string) => service('web', `{ clusterIP: 10.96.0.80, selector: { app: web }, ports: ${ports} }`);
const THREE_PORTS = web('[{ name: tcp, port: 70 }, { name: http, port: 80 }, { name: grpc, port: 82 }]');

beforeAll(() => configureLogs({ write: () => undefined }));

describe('where an inbound side sends what comes in', () => {
  it('RC79: the application is called on the address that was asked for, from one that is not captured', async () => {
    const mesh = await meshOf([web('[{ name: http, port: 80, targetPort: 8080 }]')], WEB);
    const fields = 'type,lb_policy,cleanup_interval,upstream_bind_config,common_lb_config';
    expect(mesh.show(`cluster inbound|8080|| → {${fields}}`)).toEqual({
      type: 'ORIGINAL_DST',
      lb_policy: 'CLUSTER_PROVIDED',
      cleanup_interval: '9223372035s',
      upstream_bind_config: { source_address: { address: '127.0.0.6', port_value: 0 } },
      common_lb_config: {},
    });
  });

  it('RC80: or where a Sidecar says', async () => {
    const entry = (number: number, to: string) =>
      `{ port: { number: ${number}, protocol: HTTP, name: p${number} }, defaultEndpoint: '${to}' }`;
    const ingress = [entry(1, '127.0.0.1:9090'), entry(2, '0.0.0.0:9998'), entry(3, 'unix:///g.sock')];
    const spec = `{ workloadSelector: { labels: { app: web } }, ingress: [${ingress}], egress: [{ hosts: ['*/*'] }] }`;
    const mesh = await meshOf([sidecar('web', spec)], WEB);
    const cluster = (port: number) => mesh.show(`cluster inbound|${port}|| → {type,upstream_bind_config}`);
    const address = (port: number) =>
      mesh.show(`cluster inbound|${port}|| → load_assignment.endpoints[0].lb_endpoints[0].endpoint.address`);
    const bound = { upstream_bind_config: { source_address: { address: '127.0.0.6', port_value: 0 } } };
    expect([1, 2, 3].map(cluster)).toEqual([
      { type: 'STATIC' },
      { type: 'STATIC', ...bound },
      { type: 'STATIC', ...bound },
    ]);
    expect([1, 2, 3].map(address)).toEqual([
      { socket_address: { address: '127.0.0.1', port_value: 9090 } },
      { socket_address: { address: '1.1.1.1', port_value: 9998 } },
      { pipe: { path: '/g.sock' } },
    ]);
  });

  it('RC81: on IPv6 as well', async () => {
    const mesh = await meshOf([], { ...WEB, ip: '2001:db8::1' });
    expect(mesh.show('cluster InboundPassthroughCluster → upstream_bind_config.source_address.address')).toBe('::6');
  });

  it('RC82: only what never reached the application is retried, and gRPC not even that', async () => {
    const mesh = await meshOf([THREE_PORTS], WEB);
    const hosts = (chain: string) => `${LISTENER} → filter_chains[${chain}].http.route_config.virtual_hosts[0]`;
    const limits = {
      timeout: '0s',
      max_stream_duration: { max_stream_duration: '0s', grpc_timeout_header_max: '0s' },
    };
    expect(mesh.show(`${hosts('0.0.0.0_80#0')}.routes[0].route`)).toEqual({
      cluster: 'inbound|80||',
      ...limits,
      retry_policy: { retry_on: 'reset-before-request', num_retries: 2 },
    });
    expect(mesh.show(`${hosts('0.0.0.0_82#0')}.routes[0].route`)).toEqual({ cluster: 'inbound|82||', ...limits });
    const passing = hosts('virtualInbound-catchall-http#0');
    expect(mesh.show(`${passing}.name`)).toBe('inbound|http|0');
    expect(mesh.show(`${passing}.routes[0].decorator`)).toEqual({ operation: ':0/*' });
  });

  it('L58: where there is an access log, every chain writes it; what found none, the listeners', async () => {
    const mesh = await meshOf([THREE_PORTS, meshConfig('accessLogFile: /var/log/access')], WEB);
    const [manager, proxy] = [
      `${LISTENER} → filter_chains[0.0.0.0_80#0].http`,
      `${LISTENER} → filter_chains[0.0.0.0_70#0].tcp`,
    ];
    for (const log of [
      `${manager}.access_log`,
      `${proxy}.access_log`,
      'listener 10.96.0.80_70 → filter_chains[0].tcp.access_log',
    ]) {
      expect(mesh.show(`${log}[0].{name,filter}`)).toEqual({ name: 'envoy.access_loggers.file' });
    }
    const unrouted = { response_flag_filter: { flags: ['NR'] } };
    expect(mesh.show(`${LISTENER} → access_log[0].filter`)).toEqual(unrouted);
    expect(mesh.show('listener virtualOutbound → access_log[0].filter')).toEqual(unrouted);
    expect(mesh.show('listener 0.0.0.0_80 → access_log')).toBeUndefined();
  });
});
