import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { declare, type JsonObject, NETWORKING } from '../support/declare/declared.ts';
import { destinationRule, secret, serviceEntry, virtualService } from '../support/declare/networking.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask } from '../support/http.ts';
import { askTls } from '../support/live/clients.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';
import { Upstream } from '../support/live/upstream.ts';
import { until } from '../support/until.ts';

/** Where the world outside is found by its names. */
const OUTSIDE = { http: 27_200, tls: 27_203, originated: 27_206, patched: 27_209 };
/** Ports of the gateway's service, and those it listens on. */
const GATEWAY = {
  http: { port: 27_201, targetPort: 27_202 },
  tls: { port: 27_204, targetPort: 27_205 },
  'http-originated': { port: 27_207, targetPort: 27_208 },
  'http-patched': { port: 27_210, targetPort: 27_211 },
};
const SYSTEM = 'istio-system';
const EGRESS = `istio-egressgateway.${SYSTEM}.svc.cluster.local`;

describeWithEnvoy('Egress Gateways', (program, it) => {
  let live: LiveMesh;
  let plain: Upstream;
  let secure: Upstream;
  const own = createCertificate();
  const client = createCertificate();

  const bind = '127.0.0.1';
  const egress = (name: string, host: string, port: { number: number; protocol: string }, rest: JsonObject = {}) =>
    declare(
      { apiVersion: NETWORKING, kind: 'Gateway', name },
      {
        spec: {
          selector: { istio: 'egressgateway' },
          servers: [{ port: { name, ...port }, bind, hosts: [host], ...rest }],
        },
      },
    );
  const entry = (name: string, protocol: string, number: number, targetPort: number) =>
    serviceEntry(name, {
      hosts: [`${name}.example`],
      resolution: 'STATIC',
      ports: [{ name: 'port', number, protocol, targetPort }],
      endpoints: [{ address: '127.0.0.1' }],
    });
  /** Leads HTTP for a host from sidecars to the gateway, and from there out. */
  const through = (name: string, outside: number, inside: number) =>
    virtualService(name, {
      hosts: [`${name}.example`],
      gateways: [`${name}-out`, 'mesh'],
      http: [
        route()
          .when({ gateways: ['mesh'], port: outside })
          .to(EGRESS, { subset: 'cnn', port: inside }),
        route()
          .when({ gateways: [`${name}-out`], port: inside })
          .to(`${name}.example`, { port: outside }),
      ],
    });
  const countOf = async (proxy: string, cluster: string) =>
    live.envoys.get(proxy)?.admin.stat(`cluster.${cluster};.upstream_cx_total`);

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    const tls = { ...own, clientRoots: client.certificate };
    [plain, secure] = await Promise.all([Upstream.start('plain'), Upstream.start('secure', tls)]);
    await live.mesh.apply(
      service('istio-egressgateway', GATEWAY, { namespace: SYSTEM, endpoints: ['127.0.0.1'] }),
      destinationRule('egress-for-cnn', { host: EGRESS, subsets: [{ name: 'cnn' }] }),
    );
    const ips = ['127.0.0.1'] as const;
    await live.startEnvoy(
      { type: 'sidecar', ips, name: 'curl', namespace: 'default', labels: { app: 'curl' }, interception: 'NONE' },
      27_290,
    );
    const labels = { istio: 'egressgateway' };
    await live.startEnvoy(
      { type: 'router', ips, name: 'egress', namespace: SYSTEM, labels, interception: 'REDIRECT' },
      27_291,
    );
  });

  beforeEach(() => {
    plain.behave({});
    secure.behave({});
  });

  afterAll(async () => {
    await live.stop();
    await Promise.all([plain.stop(), secure.stop()]);
  });

  describe('Egress gateway for HTTP traffic', () => {
    it('sends what is for outside through the gateway', async () => {
      const { port } = GATEWAY.http;
      await live.mesh.apply(
        entry('cnn', 'HTTP', OUTSIDE.http, plain.port),
        egress('cnn-out', 'cnn.example', { number: port, protocol: 'HTTP' }),
        through('cnn', OUTSIDE.http, port),
      );
      const get = () => ask(`http://127.0.0.1:${OUTSIDE.http}/politics`, { headers: { host: 'cnn.example' } });
      await until('the way out', async () => ((await get()).status === 200 ? true : undefined));
      expect(await get()).toMatchObject({ status: 200, body: 'plain' });
      expect(await countOf('curl', `outbound|${port}|cnn|${EGRESS}`)).toBeGreaterThan(0);
      expect(await countOf('curl', `outbound|${OUTSIDE.http}||cnn.example`)).toBe(0);
      expect(await countOf('egress', `outbound|${OUTSIDE.http}||cnn.example`)).toBeGreaterThan(0);
    });
  });

  describe('Egress gateway for HTTPS traffic', () => {
    it('leads TLS through by its server name, without ending it', async () => {
      const { port } = GATEWAY.tls;
      const to = (host: string, number: number, subset?: string) => [
        { destination: { host, port: { number }, ...(subset !== undefined && { subset }) } },
      ];
      const sniHosts = ['news.example'];
      await live.mesh.apply(
        entry('news', 'TLS', OUTSIDE.tls, secure.port),
        egress('news-out', 'news.example', { number: port, protocol: 'TLS' }, { tls: { mode: 'PASSTHROUGH' } }),
        virtualService('news', {
          hosts: ['news.example'],
          gateways: ['mesh', 'news-out'],
          tls: [
            { match: [{ gateways: ['mesh'], port: OUTSIDE.tls, sniHosts }], route: to(EGRESS, port, 'cnn') },
            { match: [{ gateways: ['news-out'], port, sniHosts }], route: to('news.example', OUTSIDE.tls) },
          ],
        }),
      );
      const { certificate: cert, key } = client;
      const get = () => askTls({ port: OUTSIDE.tls, sni: 'news.example', cert, key });
      const answer = await until('the way out', async () => {
        const answered = await get();
        return answered.status === 200 ? answered : undefined;
      });
      expect(answer).toMatchObject({ body: 'secure', peer: { fingerprint256: fingerprintOf(own.certificate) } });
      expect(secure.arrivals).toMatchObject([
        { sni: 'news.example', clientFingerprint: fingerprintOf(client.certificate) },
      ]);
      expect(await countOf('curl', `outbound|${port}|cnn|${EGRESS}`)).toBeGreaterThan(0);
      expect(await countOf('egress', `outbound|${OUTSIDE.tls}||news.example`)).toBeGreaterThan(0);
    });
  });

  describe('Egress Gateways with TLS Origination', () => {
    it('performs mutual TLS at the gateway, with a credential that only the gateway gets', async () => {
      const { port } = GATEWAY['http-originated'];
      const tls = { mode: 'MUTUAL', credentialName: 'client-credential', sni: 'bank.example' };
      await live.mesh.apply(
        entry('bank', 'HTTP', OUTSIDE.originated, secure.port),
        egress('bank-out', 'bank.example', { number: port, protocol: 'HTTP' }),
        through('bank', OUTSIDE.originated, port),
        secret(
          'client-credential',
          { 'tls.crt': client.certificate, 'tls.key': client.key, 'ca.crt': own.certificate },
          { namespace: SYSTEM },
        ),
        destinationRule(
          'originate-mtls-for-bank',
          {
            host: 'bank.example',
            trafficPolicy: { portLevelSettings: [{ port: { number: OUTSIDE.originated }, tls }] },
          },
          { namespace: SYSTEM },
        ),
      );
      const get = () => ask(`http://127.0.0.1:${OUTSIDE.originated}/account`, { headers: { host: 'bank.example' } });
      const answer = await until('the way out', async () => {
        const answered = await get();
        return answered.status === 200 ? answered : undefined;
      });
      expect(answer.body).toBe('secure');
      expect(secure.arrivals.at(-1)).toMatchObject({
        path: '/account',
        sni: 'bank.example',
        clientFingerprint: fingerprintOf(client.certificate),
      });
    });
  });

  it('serves credentials that only an EnvoyFilter names', async () => {
    const { port } = GATEWAY['http-patched'];
    const sds = (name: string) => ({ name, sds_config: { ads: {}, resource_api_version: 'V3' } });
    const context = {
      sni: 'vault.example',
      common_tls_context: {
        tls_certificate_sds_secret_configs: [sds('kubernetes://patched')],
        validation_context_sds_secret_config: sds('kubernetes://patched-cacert'),
      },
    };
    const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';
    const patch = {
      applyTo: 'CLUSTER',
      match: { context: 'GATEWAY', cluster: { service: 'vault.example' } },
      patch: {
        operation: 'MERGE',
        value: {
          transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: { '@type': type, ...context } },
        },
      },
    };
    await live.mesh.apply(
      entry('vault', 'HTTP', OUTSIDE.patched, secure.port),
      egress('vault-out', 'vault.example', { number: port, protocol: 'HTTP' }),
      through('vault', OUTSIDE.patched, port),
      secret(
        'patched',
        { 'tls.crt': client.certificate, 'tls.key': client.key, 'ca.crt': own.certificate },
        { namespace: SYSTEM },
      ),
      declare(
        { apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter', name: 'vault', namespace: SYSTEM },
        { spec: { workloadSelector: { labels: { istio: 'egressgateway' } }, configPatches: [patch] } },
      ),
    );
    const get = () => ask(`http://127.0.0.1:${OUTSIDE.patched}/`, { headers: { host: 'vault.example' } });
    await until('the way out', async () => ((await get()).status === 200 ? true : undefined));
    expect(secure.arrivals.at(-1)).toMatchObject({ clientFingerprint: fingerprintOf(client.certificate) });
    expect(live.mesh.notes().filter((note) => note.startsWith('CREDENTIAL_MISSING'))).toEqual([]);
  });

  it('has refused nothing of all this', async () => {
    expect(await live.listRejections()).toEqual({});
  });
});

function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}
