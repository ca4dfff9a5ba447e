import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { INGRESS, meshOf } from '../../support/facts/mesh.ts';
import { ABSENT } from '../../support/golden/select.ts';
import {
  CREDENTIAL,
  destinationRule,
  EARLIER,
  ECHO,
  gateway,
  LATER,
  service,
  virtualService,
} from '../../support/facts/objects.ts';

const E = 'echo.default.svc.cluster.local';
const ALL_ISTIO = ['istio', 'istio-peer-exchange', 'istio-http/1.0', 'istio-http/1.1', 'istio-h2'];
const FROM_ADS = { ads: {}, resource_api_version: 'V3' };

/** A rule that sends TCP of `gateways` to `echo`. */
const toEcho = (gateways: string) =>
  virtualService(
    'tcp',
    `{ hosts: ['*'], gateways: [${gateways}], tcp: [{ route: [{ destination: { host: ${E}, port: { number: 9000 } } }] }] }`,
  );
const rule = (name: string, host: string) =>
  virtualService(name, `{ hosts: [${host}], gateways: [istio-system/gw], http: [{ redirect: { uri: /x } }] }`, {
    namespace: name,
  });

beforeAll(() => configureLogs({ write: () => undefined }));

describe('listeners of gateways', () => {
  it('L37: an HTTP server takes every connection; its redirect to HTTPS is a matter of its virtual hosts', async () => {
    const server = "[{ port: { name: http, number: 80, protocol: HTTP }, hosts: ['*'], tls: { httpsRedirect: true } }]";
    const mesh = await meshOf([gateway('gw', server), rule('v', 'a.example.com')], INGRESS);
    const listener = 'listener 0.0.0.0_80 → ';
    expect(mesh.show(`${listener}{traffic_direction,listener_filters,listener_filters_timeout}`)).toEqual({
      traffic_direction: 'OUTBOUND',
    });
    expect(mesh.show(`${listener}filter_chains[*].filter_chain_match`)).toEqual([ABSENT]);
    expect(mesh.show(`${listener}filter_chains[0].http.rds.route_config_name`)).toBe('http.80');
    expect(mesh.show('route http.80 → virtual_hosts[*].{name,require_tls}')).toEqual([
      { name: '*:80', require_tls: 'ALL' },
      { name: 'a.example.com:80', require_tls: 'ALL' },
    ]);
  });

  const https = (tls: string) =>
    gateway('gw', `[{ port: { name: https, number: 443, protocol: HTTPS }, hosts: [b.ex, ns/a.ex], tls: { ${tls} } }]`);

  it('L38: an HTTPS server is known by its names, and tells the application who called', async () => {
    const mesh = await meshOf([https('mode: SIMPLE, credentialName: cred'), CREDENTIAL], INGRESS);
    const chain = 'listener 0.0.0.0_443 → filter_chains[0].';
    expect(mesh.show(`${chain}filter_chain_match`)).toEqual({ server_names: ['a.ex', 'b.ex'] });
    expect(mesh.show(`${chain}http.rds.route_config_name`)).toBe('https.443.https.gw.istio-system');
    const fields =
      'use_remote_address,forward_client_cert_details,set_current_client_cert_details,http_protocol_options,stat_prefix';
    expect(mesh.show(`${chain}http.{${fields}}`)).toEqual({
      use_remote_address: true,
      forward_client_cert_details: 'SANITIZE_SET',
      set_current_client_cert_details: { subject: true, cert: true, dns: true, uri: true },
      http_protocol_options: {},
      stat_prefix: 'outbound_0.0.0.0_443;',
    });
  });

  it("L39: a client's certificate may be optional; the authorities are a secret beside the certificate", async () => {
    const tls = 'mode: OPTIONAL_MUTUAL, credentialName: cred, minProtocolVersion: TLSV1_3';
    const mesh = await meshOf([https(tls), CREDENTIAL], INGRESS);
    const context = 'listener 0.0.0.0_443 → filter_chains[0].transport_socket.typed_config';
    expect(mesh.show(`${context}.require_client_certificate`)).toBe(false);
    const common = `${context}.common_tls_context.`;
    expect(mesh.show(`${common}tls_params`)).toEqual({ tls_minimum_protocol_version: 'TLSv1_3' });
    expect(mesh.show(`${common}tls_certificate_sds_secret_configs`)).toEqual([
      { name: 'kubernetes://cred', sds_config: FROM_ADS },
    ]);
    expect(mesh.show(`${common}combined_validation_context.validation_context_sds_secret_config`)).toEqual({
      name: 'kubernetes://cred-cacert',
      sds_config: FROM_ADS,
    });
  });

  it('L40: a server that needs a certificate and names none is refused, never given that of the workload', async () => {
    const mesh = await meshOf([https('mode: SIMPLE')], INGRESS);
    expect(mesh.issues).toHaveLength(1);
    expect(mesh.show('names of listeners')).toEqual([]);
  });

  it("L41: between meshes the gateway itself ends the mesh's mutual TLS", async () => {
    const server = "[{ port: { name: tls, number: 8443, protocol: TLS }, hosts: ['*'], tls: { mode: ISTIO_MUTUAL } }]";
    const mesh = await meshOf([ECHO, gateway('gw', server), toEcho('istio-system/gw')], INGRESS);
    const chain = 'listener 0.0.0.0_8443 → filter_chains[0].';
    expect(mesh.show(`${chain}filter_chain_match`)).toBeUndefined();
    // istio.stats stands between them as soon as a provider of metrics is configured.
    expect(mesh.show(`${chain}filters[*].name`)).toEqual([
      'istio.metadata_exchange',
      'envoy.filters.network.tcp_proxy',
    ]);
    const common = `${chain}transport_socket.typed_config.common_tls_context.`;
    expect(mesh.show(`${common}tls_certificate_sds_secret_configs[*].name`)).toEqual(['default']);
    expect(mesh.show(`${common}combined_validation_context.validation_context_sds_secret_config.name`)).toBe('ROOTCA');
    expect(mesh.show(`${common}tls_params`)).toBeUndefined();
    expect(mesh.show(`${common}alpn_protocols`)).toEqual(['istio-peer-exchange', 'h2', 'http/1.1']);
  });

  it('L42: behind a Service both servers listen where it sends to; only HTTPS keeps its number in the name', async () => {
    const ports = '[{ name: http, port: 80, targetPort: 8080 }, { name: https, port: 443, targetPort: 8443 }]';
    const spec = `{ clusterIP: 10.96.0.99, selector: { istio: ingressgateway }, ports: ${ports} }`;
    const servers = `[{ port: { name: http, number: 80, protocol: HTTP }, hosts: ['*'] },
      { port: { name: https, number: 443, protocol: HTTPS }, hosts: ['*'], tls: { mode: SIMPLE, credentialName: cred } }]`;
    const mesh = await meshOf(
      [service('ingress', spec, { namespace: 'istio-system' }), gateway('gw', servers), CREDENTIAL],
      INGRESS,
    );
    const routes = (listener: string) =>
      mesh.show(`listener ${listener} → filter_chains[0].http.rds.route_config_name`);
    expect(mesh.show('names of listeners')).toEqual(['0.0.0.0_8080', '0.0.0.0_8443']);
    expect([routes('0.0.0.0_8080'), routes('0.0.0.0_8443')]).toEqual(['http.8080', 'https.443.https.gw.istio-system']);
  });

  const passing =
    "[{ port: { name: tls, number: 15443, protocol: TLS }, hosts: ['*.local'], tls: { mode: AUTO_PASSTHROUGH } }]";
  const name = (subset: string, port = 80) => `outbound_.${port}_.${subset}_.${E}`;

  it('L43: AUTO_PASSTHROUGH reads from the name that a client asks for where it goes', async () => {
    const mesh = await meshOf([ECHO, gateway('gw', passing)], INGRESS);
    const chain = 'listener 0.0.0.0_15443 → filter_chains';
    const ports = [7070, 80, 9000, 9100];
    const matches = ports.map((port) => ({ server_names: [name('', port)], application_protocols: ALL_ISTIO }));
    expect(mesh.show(`${chain}[*].filter_chain_match`)).toEqual(expect.arrayContaining(matches));
    expect(mesh.show('names of clusters outbound_.*')).toEqual(ports.map((port) => name('', port)));
    expect(mesh.show(`${chain}[0].tcp.cluster`)).toBe(name(''));
  });

  it('RC50: there is one for every subset, too', async () => {
    const subsets = destinationRule('echo', `{ host: ${E}, subsets: [{ name: v1, labels: { version: v1 } }] }`);
    const mesh = await meshOf([ECHO, subsets, gateway('gw', passing)], INGRESS);
    const chains = 'listener 0.0.0.0_15443 → filter_chains[*].filter_chain_match';
    expect(mesh.show(chains)).toEqual(
      expect.arrayContaining(
        [name(''), name('v1')].map((one) => ({ server_names: [one], application_protocols: ALL_ISTIO })),
      ),
    );
    expect(mesh.show('names of clusters outbound_.80_.*')).toEqual([name(''), name('v1')]);
  });

  it('L44: of servers that cannot share a port, the older one stays', async () => {
    const at = (gatewayName: string, protocol: string, created: string) =>
      gateway(gatewayName, `[{ port: { name: p, number: 80, protocol: ${protocol} }, hosts: ['*'] }]`, { created });
    const rules = [ECHO, toEcho('istio-system/a, istio-system/b')];
    const chains = 'listener 0.0.0.0_80 → filter_chains[*].filters[-1].name';
    const proxies = async (older: string, newer: string) => {
      const mesh = await meshOf([...rules, at('b', older, EARLIER), at('a', newer, LATER)], INGRESS);
      return [mesh.show(chains), mesh.notes.length];
    };
    const [tcp, http] = ['envoy.filters.network.tcp_proxy', 'envoy.filters.network.http_connection_manager'];
    expect(await proxies('TCP', 'HTTP')).toEqual([[tcp], 1]);
    expect(await proxies('HTTP', 'TCP')).toEqual([[http], 1]);
    expect(await proxies('TCP', 'TCP')).toEqual([[tcp], 1]);
  });
});
