import { expect } from 'vitest';
import { destinationRule, gateway, secret, subsets, virtualService } from '../support/declare/networking.ts';
import { router, sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound, PASSED } from '../support/feature/feature.ts';
import { createCertificate } from '../support/certificate.ts';

feature('Gateways', (scenario) => {
  const shop = service('shop', { http: 80 });
  const http = { port: { name: 'http', number: 80, protocol: 'HTTP' }, hosts: ['*.example.com'] };
  const bound = virtualService('shop', {
    hosts: ['shop.example.com'],
    gateways: ['gw'],
    http: [
      route()
        .when({ uri: { prefix: '/api' } })
        .to('shop'),
    ],
  });
  const cluster = outbound('shop', 80);
  const { certificate, key } = createCertificate();

  scenario('serve the hosts of rules that are bound to them', async (mesh) => {
    await mesh.apply(shop, gateway('gw', [http]), bound);
    const proxy = await mesh.connect(router());
    expect(proxy.request('http://shop.example.com/api/1')).toEqual({ cluster });
    expect(proxy.request('http://shop.example.com/')).toEqual({ response: { status: 404 } });
    expect(proxy.request('http://other.example.com/api')).toEqual({ response: { status: 404 } });
    expect(proxy.request('http://shop.example.com:81/api')).toEqual({ refused: true });
  });

  scenario('leave sidecars out of it', async (mesh) => {
    await mesh.apply(shop, gateway('gw', [http]), bound);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.request('http://shop.example.com/api')).toEqual(PASSED);
  });

  scenario('are the proxies that a Gateway selects', async (mesh) => {
    await mesh.apply(shop, gateway('gw', [http]), bound);
    const other = await mesh.connect(router('other'));
    expect(other.listenerNames()).toEqual([]);
  });

  scenario('send HTTP to HTTPS', async (mesh) => {
    const https = { port: { name: 'https', number: 443, protocol: 'HTTPS' }, hosts: ['*.example.com'] };
    const servers = [
      { ...http, tls: { httpsRedirect: true } },
      { ...https, tls: { mode: 'SIMPLE', credentialName: 'cert' } },
    ];
    const cert = secret('cert', { 'tls.crt': certificate, 'tls.key': key }, { namespace: 'istio-system' });
    await mesh.apply(shop, gateway('gw', servers), bound, cert);
    const proxy = await mesh.connect(router());
    expect(proxy.request('http://shop.example.com/api')).toEqual({
      redirect: { status: 301, location: 'https://shop.example.com/api' },
    });
    expect(proxy.request('https://shop.example.com/api')).toEqual({ cluster });
  });

  scenario('show each name its certificate, and a new one as soon as it is there', async (mesh) => {
    const server = (name: string, credentialName: string) => ({
      port: { name, number: 443, protocol: 'HTTPS' },
      hosts: [`${name}.example.com`],
      tls: { mode: 'SIMPLE', credentialName },
    });
    const cert = (name: string, pem: { certificate: string; key: string }) =>
      secret(name, { 'tls.crt': pem.certificate, 'tls.key': pem.key }, { namespace: 'istio-system' });
    const one = cert('one', createCertificate());
    const two = cert('two', createCertificate());
    await mesh.apply(gateway('gw', [server('a', 'one'), server('b', 'two')]), one, two);
    const proxy = await mesh.connect(router());
    expect(proxy.tls('https://a.example.com/')).toEqual({
      certificates: ['kubernetes://one'],
      requiresClientCertificate: false,
    });
    expect(proxy.tls('https://b.example.com/')).toEqual({
      certificates: ['kubernetes://two'],
      requiresClientCertificate: false,
    });
    expect(proxy.script.held.names('sds')).toEqual(['kubernetes://one', 'kubernetes://two']);

    await mesh.apply(cert('one', createCertificate()));
    expect(proxy.pushes).toEqual([{ type: 'sds', names: ['kubernetes://one'], removed: [] }]);
  });

  scenario('ask clients for certificates', async (mesh) => {
    const server = {
      port: { name: 'https', number: 443, protocol: 'HTTPS' },
      hosts: ['shop.example.com'],
      tls: { mode: 'MUTUAL', credentialName: 'cert' },
    };
    const texts = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': certificate };
    await mesh.apply(shop, gateway('gw', [server]), bound, secret('cert', texts, { namespace: 'istio-system' }));
    const proxy = await mesh.connect(router());
    expect(proxy.tls('https://shop.example.com/')).toEqual({
      certificates: ['kubernetes://cert'],
      clientCa: 'kubernetes://cert-cacert',
      requiresClientCertificate: true,
    });
    expect(proxy.script.held.names('sds')).toEqual(['kubernetes://cert', 'kubernetes://cert-cacert']);
  });

  scenario('lead TLS by its name without ending it', async (mesh) => {
    const server = {
      port: { name: 'tls', number: 443, protocol: 'TLS' },
      hosts: ['*.example.com'],
      tls: { mode: 'PASSTHROUGH' },
    };
    const rule = virtualService('pass', {
      hosts: ['a.example.com'],
      gateways: ['gw'],
      tls: [
        { match: [{ sniHosts: ['a.example.com'] }], route: [{ destination: { host: 'shop', port: { number: 80 } } }] },
      ],
    });
    await mesh.apply(shop, gateway('gw', [server]), rule);
    const proxy = await mesh.connect(router());
    expect(proxy.open('192.0.2.1:443', { sni: 'a.example.com' })).toEqual({ cluster });
    expect(proxy.open('192.0.2.1:443', { sni: 'b.example.com' })).toEqual({ refused: true });
  });

  scenario('split requests between versions as sidecars do', async (mesh) => {
    const rule = virtualService('shop', {
      hosts: ['shop.example.com'],
      gateways: ['gw'],
      http: [route().to('shop', { subset: 'v1', weight: 3 }).to('shop', { subset: 'v2', weight: 1 })],
    });
    await mesh.apply(shop, gateway('gw', [http]), rule, destinationRule('shop', subsets('v1', 'v2')));
    const proxy = await mesh.connect(router());
    expect(proxy.request('http://shop.example.com/')).toEqual({
      split: { [outbound('shop', 80, 'v1')]: 75, [outbound('shop', 80, 'v2')]: 25 },
    });
  });

  scenario('serve rules of both the mesh and themselves', async (mesh) => {
    const rule = virtualService('shop', {
      hosts: ['shop', 'shop.example.com'],
      gateways: ['gw', 'mesh'],
      http: [route().to('shop').timeout('1s')],
    });
    await mesh.apply(shop, gateway('gw', [http]), rule);
    const edge = await mesh.connect(router());
    const app = await mesh.connect(sidecar('app'));
    expect(edge.request('http://shop.example.com/')).toEqual({ cluster, timeoutMs: 1000 });
    expect(app.request('http://shop/')).toEqual({ cluster, timeoutMs: 1000 });
  });
});
