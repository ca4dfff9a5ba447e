import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { gateway, secret, serviceEntry, virtualService } from '../support/declare/networking.ts';
import { route } from '../support/declare/route.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask } from '../support/http.ts';
import { askTls } from '../support/live/clients.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';
import { Upstream } from '../support/live/upstream.ts';
import { until } from '../support/until.ts';

const HTTP_PORT = 24_080;
const HTTPS_PORT = 24_443;
const TLS_PORT = 24_444;

describeWithEnvoy('a gateway', (program, it) => {
  let live: LiveMesh;
  let shop: Upstream;
  let admin: Upstream;
  let secure: Upstream;
  const bind = '127.0.0.1';
  const namespace = 'istio-system';
  const [first, second, client] = [createCertificate(), createCertificate(), createCertificate()];
  const http = (hosts: string[], rest: object = {}) => ({
    port: { name: 'http', number: HTTP_PORT, protocol: 'HTTP' },
    bind,
    hosts,
    ...rest,
  });
  const https = (name: string, tls: Record<string, string>) => ({
    port: { name: `https-${name}`, number: HTTPS_PORT, protocol: 'HTTPS' },
    bind,
    hosts: [`${name}.example`],
    tls,
  });
  const servers = [
    http(['plain.example']),
    {
      ...http(['shop.example'], { tls: { httpsRedirect: true } }),
      port: { name: 'http-r', number: HTTP_PORT, protocol: 'HTTP' },
    },
    https('shop', { mode: 'SIMPLE', credentialName: 'shop' }),
    https('admin', { mode: 'MUTUAL', credentialName: 'admin' }),
    {
      port: { name: 'tls', number: TLS_PORT, protocol: 'TLS' },
      bind,
      hosts: ['pass.example'],
      tls: { mode: 'PASSTHROUGH' },
    },
  ];
  const rule = (name: string, to: string) =>
    virtualService(name, { hosts: [`${name}.example`], gateways: ['gw'], http: [route().to(to)] }, { namespace });
  const credential = (name: string, { certificate, key }: typeof first, ca?: string) =>
    secret(name, { 'tls.crt': certificate, 'tls.key': key, ...(ca !== undefined && { 'ca.crt': ca }) }, { namespace });
  const serialOf = ({ certificate }: typeof first) => new X509Certificate(certificate).fingerprint256;

  const get = (host: string) => ask(`http://127.0.0.1:${HTTP_PORT}/a?b`, { headers: { host } });

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    [shop, admin, secure] = await Promise.all([
      Upstream.start('shop'),
      Upstream.start('admin'),
      Upstream.start('secure', second),
    ]);
    const entry = (name: string, port: number) =>
      serviceEntry(name, {
        hosts: [`${name}.mesh`],
        resolution: 'STATIC',
        ports: [{ name: 'http', number: 80, protocol: 'HTTP', targetPort: port }],
        endpoints: [{ address: '127.0.0.1' }],
      });
    const pass = virtualService(
      'pass',
      {
        hosts: ['pass.example'],
        gateways: ['gw'],
        tls: [{ match: [{ sniHosts: ['pass.example'] }], route: [{ destination: { host: 'tls.mesh' } }] }],
      },
      { namespace },
    );
    const tls = serviceEntry('tls', {
      hosts: ['tls.mesh'],
      resolution: 'STATIC',
      ports: [{ name: 'tls', number: TLS_PORT, protocol: 'TLS', targetPort: secure.port }],
      endpoints: [{ address: '127.0.0.1' }],
    });
    await live.mesh.apply(
      entry('shop', shop.port),
      entry('admin', admin.port),
      tls,
      gateway('gw', servers, { namespace }),
      ...[rule('plain', 'shop.mesh'), rule('shop', 'shop.mesh'), rule('admin', 'admin.mesh'), pass],
      credential('shop', first),
      credential('admin', second, client.certificate),
    );
    const labels = { istio: 'ingressgateway' };
    const identity = { type: 'router', ips: ['127.0.0.1'], name: 'gateway', namespace, labels } as const;
    await live.startEnvoy({ ...identity, interception: 'REDIRECT' }, 24_902);
  });

  afterAll(async () => {
    await live.stop();
    await Promise.all([shop.stop(), admin.stop(), secure.stop()]);
  });

  describe('Ingress Gateways', () => {
    it('serves hosts of its rules, and 404 for others', async () => {
      expect(await get('plain.example')).toMatchObject({ status: 200, body: 'shop' });
      expect(await get('other.example')).toMatchObject({ status: 404 });
    });

    it('sends HTTP to HTTPS where it is told to', async () => {
      const { status, headers } = await get('shop.example');
      expect({ status, location: headers.location }).toEqual({ status: 301, location: 'https://shop.example/a?b' });
    });
  });

  describe('Secure Gateways', () => {
    it('shows each name its certificate', async () => {
      const answer = await askTls({ port: HTTPS_PORT, sni: 'shop.example' });
      expect(answer).toMatchObject({ status: 200, body: 'shop', peer: { fingerprint256: serialOf(first) } });
    });

    it('lets in only clients that prove who they are', async () => {
      await expect(askTls({ port: HTTPS_PORT, sni: 'admin.example' })).rejects.toThrow();
      const { certificate: cert, key } = client;
      expect(await askTls({ port: HTTPS_PORT, sni: 'admin.example', cert, key })).toMatchObject({
        status: 200,
        body: 'admin',
        peer: { fingerprint256: serialOf(second) },
      });
      const stranger = { cert: first.certificate, key: first.key };
      await expect(askTls({ port: HTTPS_PORT, sni: 'admin.example', ...stranger })).rejects.toThrow();
    });

    it('knows no name that no server has', async () => {
      await expect(askTls({ port: HTTPS_PORT, sni: 'other.example' })).rejects.toThrow();
    });

    it('shows a new certificate without a restart', async () => {
      const next = createCertificate();
      await live.mesh.apply(credential('shop', next));
      await until('the new certificate', async () => {
        const { peer } = await askTls({ port: HTTPS_PORT, sni: 'shop.example' });
        return peer.fingerprint256 === serialOf(next) ? true : undefined;
      });
      await live.mesh.apply(credential('shop', first));
      await until('the old one', async () => {
        const { peer } = await askTls({ port: HTTPS_PORT, sni: 'shop.example' });
        return peer.fingerprint256 === serialOf(first) ? true : undefined;
      });
      expect(live.mesh.issues()).toEqual([]);
    });

    it('serves the other names while one credential is missing', async () => {
      const more = https('late', { mode: 'SIMPLE', credentialName: 'late' });
      await live.mesh.apply(gateway('gw', [...servers, more], { namespace }), rule('late', 'shop.mesh'));
      expect(live.mesh.notes()).toEqual([expect.stringContaining('CREDENTIAL_MISSING')]);
      expect(await askTls({ port: HTTPS_PORT, sni: 'shop.example' })).toMatchObject({ status: 200 });
      await live.mesh.apply(credential('late', createCertificate()));
      await until('the credential', async () => {
        const { status } = await askTls({ port: HTTPS_PORT, sni: 'late.example' });
        return status === 200 ? true : undefined;
      });
    });
  });

  describe('Ingress Gateway without TLS Termination', () => {
    it('leads TLS on without ending it', async () => {
      const answer = await askTls({ port: TLS_PORT, sni: 'pass.example' });
      expect(answer).toMatchObject({ status: 200, body: 'secure', peer: { fingerprint256: serialOf(second) } });
      expect(secure.arrivals).toMatchObject([{ sni: 'pass.example' }]);
    });

    it('knows no name that no rule has', async () => {
      await expect(askTls({ port: TLS_PORT, sni: 'other.example' })).rejects.toThrow();
    });
  });

  it('has refused nothing of all this', async () => {
    expect(await live.listRejections()).toEqual({});
  });
});
