import { expect } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { declare, type Declared } from '../support/declare/declared.ts';
import { gateway, secret } from '../support/declare/networking.ts';
import { router, sidecar } from '../support/declare/proxy.ts';
import { service } from '../support/declare/service.ts';
import { feature } from '../support/feature/feature.ts';

const NAMES = [
  'kubernetes://bank-tls',
  'kubernetes://bank/bank-tls',
  'kubernetes-gateway://bank/bank-tls',
  'configmap://bank/bank-tls',
];

/** Makes sidecars of the default namespace ask for certificates by these names, and for roots. */
function greedyFilter(names: readonly string[]): Declared {
  const ask = (name: string) => ({ name, sds_config: { ads: {}, resource_api_version: 'V3' } });
  const typed_config = {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    common_tls_context: {
      tls_certificate_sds_secret_configs: names.map(ask),
      validation_context_sds_secret_config: ask('configmap://bank/bank-roots'),
    },
  };
  const value = { transport_socket: { name: 'envoy.transport_sockets.tls', typed_config } };
  const identity = { apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter', name: 'greedy' };
  const match = { cluster: { service: 'shop.default.svc.cluster.local' } };
  const configPatches = [{ applyTo: 'CLUSTER', match, patch: { operation: 'MERGE', value } }];
  return declare(identity, { spec: { configPatches } });
}

feature('Secrets of another namespace', (scenario) => {
  const { certificate, key } = createCertificate();
  const bankTls = secret('bank-tls', { 'tls.crt': certificate, 'tls.key': key }, { namespace: 'bank' });
  const bankRoots = declare(
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'bank-roots', namespace: 'bank' },
    { data: { 'ca.crt': certificate } },
  );

  scenario('stay there whatever an EnvoyFilter calls them; roots are no secret', async (mesh) => {
    await mesh.apply(service('shop', { http: 80 }), bankTls, bankRoots, greedyFilter(NAMES));
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.script.held.names('sds')).toEqual(['configmap://bank/bank-roots']);
  });

  scenario('stay there whatever a Gateway calls them', async (mesh) => {
    const servers = NAMES.map((credentialName, i) => ({
      port: { name: `s${i}`, number: 443, protocol: 'HTTPS' },
      hosts: [`s${i}.example.com`],
      tls: { mode: 'SIMPLE', credentialName },
    }));
    await mesh.apply(bankTls, gateway('gw', servers));
    const proxy = await mesh.connect(router());
    expect(proxy.script.held.names('sds')).toEqual([]);
  });
});
