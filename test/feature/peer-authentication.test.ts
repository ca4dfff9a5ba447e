import { expect } from 'vitest';
import { declare, type Declared, type JsonObject } from '../support/declare/declared.ts';
import { pod } from '../support/declare/kubernetes.ts';
import { destinationRule, meshConfigMap } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';
import type { Acceptance, MeshProxy } from '../support/feature/mesh-proxy.ts';

feature('PeerAuthentication', (scenario) => {
  const IP = '10.1.0.9';
  const AGENT = { metadata: { ISTIO_VERSION: '1.27.0' } };
  const web = service('web', { http: { port: 80, targetPort: 8080 }, tcp: 9000 }, { selector: { app: 'web' } });
  const webPod = pod('web-1', 'web', IP);
  const server = sidecar('web', { ip: IP, ...AGENT });
  const client = sidecar('client', AGENT);
  const CLUSTER = outbound('web', 80);
  const strict = policy('all', { mtls: { mode: 'STRICT' } }, 'istio-system');

  scenario('takes both plaintext and mutual TLS where nobody says anything', async (mesh) => {
    await mesh.apply(web, webPod);
    const proxy = await mesh.connect(server);
    expect(inbound(proxy, 8080)).toEqual({ plaintext: 'taken', mesh: 'taken', foreign: 'refused' });
  });

  scenario('refuses plaintext for the whole mesh, on every port, once it is to be strict', async (mesh) => {
    await mesh.apply(web, webPod);
    const proxy = await mesh.connect(server);
    await mesh.apply(strict);
    expect(inbound(proxy, 8080)).toEqual({ plaintext: 'refused', mesh: 'taken', foreign: 'asked for a certificate' });
    expect(inbound(proxy, 7777)).toEqual({ plaintext: 'refused', mesh: 'taken', foreign: 'asked for a certificate' });
    expect(mesh.fateOf('PeerAuthentication', 'all', 'istio-system')).toBe('applied');
    await mesh.remove(strict);
    expect(inbound(proxy, 8080).plaintext).toBe('taken');
  });

  scenario('makes an exception of a port of the workload', async (mesh) => {
    const spec = { selector: { matchLabels: { app: 'web' } }, portLevelMtls: { 8080: { mode: 'DISABLE' } } };
    await mesh.apply(web, webPod, strict, policy('web', spec));
    const proxy = await mesh.connect(server);
    expect(inbound(proxy, 8080)).toEqual({ plaintext: 'taken', mesh: 'no HTTP', foreign: 'no HTTP' });
    expect(inbound(proxy, 9000).plaintext).toBe('refused');
  });

  scenario('changes servers without a word to clients, as long as mutual TLS is taken', async (mesh) => {
    await mesh.apply(web, webPod);
    const [proxy, caller] = [await mesh.connect(server), await mesh.connect(client)];
    await mesh.apply(policy('ns', { mtls: { mode: 'STRICT' } }));
    expect(proxy.pushedTypes()).toEqual(['lds']);
    // Its own inbound side is of the namespace, too; nothing else is.
    expect(caller.pushedTypes()).toEqual(['lds']);
  });

  scenario('tells clients of a workload that takes none, and of one port of it', async (mesh) => {
    await mesh.apply(web, webPod);
    const caller = await mesh.connect(client);
    expect(tlsOf(caller, CLUSTER)).toEqual({ cluster: 'chosen', endpoints: ['istio'] });
    const selector = { matchLabels: { app: 'web' } };
    await mesh.apply(policy('web', { selector, portLevelMtls: { 8080: { mode: 'DISABLE' } } }));
    expect(caller.pushedTypes()).toEqual(['eds']);
    expect(tlsOf(caller, CLUSTER)).toEqual({ cluster: 'chosen', endpoints: ['none'] });
    expect(tlsOf(caller, outbound('web', 9000)).endpoints).toEqual(['istio']);
    await mesh.apply(policy('web', { selector, mtls: { mode: 'DISABLE' } }));
    expect(tlsOf(caller, outbound('web', 9000)).endpoints).toEqual(['none']);
  });

  scenario('tells clients of a namespace that takes none, unless a rule says otherwise', async (mesh) => {
    await mesh.apply(web, webPod, policy('ns', { mtls: { mode: 'DISABLE' } }));
    const caller = await mesh.connect(client);
    expect(tlsOf(caller, CLUSTER)).toEqual({ cluster: 'none', endpoints: ['none'] });
    await mesh.apply(destinationRule('web', { trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }));
    expect(tlsOf(caller, CLUSTER)).toEqual({ cluster: 'always', endpoints: ['istio'] });
  });

  scenario('leaves clients alone where mutual TLS is not automatic', async (mesh) => {
    await mesh.apply(web, webPod, meshConfigMap({ enableAutoMtls: false }), strict);
    const caller = await mesh.connect(client);
    expect(tlsOf(caller, CLUSTER).cluster).toBe('none');
  });

  scenario('counts on the oldest of several, and says so of the others', async (mesh) => {
    await mesh.apply(
      web,
      webPod,
      policy('a', { mtls: { mode: 'STRICT' } }),
      policy('b', { mtls: { mode: 'DISABLE' } }),
    );
    const proxy = await mesh.connect(server);
    expect(inbound(proxy, 8080).plaintext).toBe('refused');
    expect(mesh.fate('PeerAuthentication', 'b')).toMatchObject({
      kind: 'shadowed',
      by: 'PeerAuthentication/default/a',
    });
  });

  scenario('selects nobody from the root namespace, and says so', async (mesh) => {
    const selecting = { selector: { matchLabels: { app: 'web' } }, mtls: { mode: 'STRICT' } };
    await mesh.apply(web, webPod, policy('web', selecting, 'istio-system'));
    const proxy = await mesh.connect(server);
    expect(inbound(proxy, 8080).plaintext).toBe('taken');
    expect(mesh.fateOf('PeerAuthentication', 'web', 'istio-system')).toBe('ignored');
  });

  scenario('cannot secure an Envoy without certificates, and says so', async (mesh) => {
    await mesh.apply(web, webPod, strict);
    const proxy = await mesh.connect(sidecar('web', { ip: IP }));
    expect(inbound(proxy, 8080)).toEqual({ plaintext: 'taken', mesh: 'no HTTP', foreign: 'no HTTP' });
    expect(mesh.fate('PeerAuthentication', 'all', 'istio-system')).toEqual({
      kind: 'partly-applied',
      because: 'mutual TLS is a must for a workload whose proxy has no certificate: it goes on taking plaintext',
    });
  });

  scenario('with errors leaves in force what was there', async (mesh) => {
    await mesh.apply(web, webPod, policy('ns', { mtls: { mode: 'STRICT' } }));
    const proxy = await mesh.connect(server);
    await mesh.apply(policy('ns', { mtls: { mode: 'DISABLE' }, portLevelMtls: { 80: {} } }));
    expect(inbound(proxy, 8080).plaintext).toBe('refused');
    expect(mesh.fateOf('PeerAuthentication', 'ns')).toBe('rejected');
  });
});

/** What becomes of connections to a port of the workload: plaintext, mutual TLS of the mesh, and anybody's TLS. */
function inbound(proxy: MeshProxy, port: number): Record<'plaintext' | 'mesh' | 'foreign', Acceptance> {
  return {
    plaintext: proxy.accept(port),
    mesh: proxy.accept(port, ['istio-http/1.1', 'istio', 'http/1.1']),
    foreign: proxy.accept(port, ['http/1.1']),
  };
}

function policy(name: string, spec: JsonObject, namespace = 'default'): Declared {
  return declare({ apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', name, namespace }, { spec });
}

/** How a client secures its connections to a cluster: by each endpoint's choice, always, or not at all. */
function tlsOf(client: MeshProxy, name: string): { readonly cluster: string; readonly endpoints: readonly string[] } {
  const { transport_socket, transport_socket_matches = [] } = client.script.held.clusters.get(name) ?? {};
  const groups = client.script.held.endpoints.get(name)?.endpoints ?? [];
  const endpoints = groups.flatMap(({ lb_endpoints = [] }) =>
    lb_endpoints.map(({ metadata }) => (JSON.stringify(metadata).includes('tlsMode') ? 'istio' : 'none')),
  );
  const cluster = transport_socket ? 'always' : transport_socket_matches.length > 0 ? 'chosen' : 'none';
  return { cluster, endpoints };
}
