import { expect, it } from 'vitest';
import { envoyFilter } from '../../../test/support/envoy-filter.ts';
import { meta } from '../../../test/support/model.ts';
import { CompileCache } from '../cache.ts';
import { listPatchSecretDemands } from './patch-demand.ts';
import { compileSecrets } from './secrets.ts';

const ads = { ads: {}, resource_api_version: 'V3' };

/** An EnvoyFilter that adds a cluster with this TLS. */
const filterWith = (context: object, namespace = 'default') =>
  envoyFilter(
    {
      configPatches: [
        {
          applyTo: 'CLUSTER',
          patch: {
            operation: 'ADD',
            value: {
              name: 'c',
              transport_socket: {
                name: 'tls',
                typed_config: {
                  '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
                  common_tls_context: context,
                },
              },
            },
          },
        },
      ],
    },
    'patch',
    namespace,
  );

it.each([
  {
    when: 'a certificate is named',
    context: { tls_certificate_sds_secret_configs: [{ name: 'kubernetes://foo', sds_config: ads }] },
    found: [['kubernetes://foo', 'certificate']],
  },
  {
    when: 'roots are named',
    context: { validationContextSdsSecretConfig: { name: 'configmap://default/roots', sdsConfig: { ads: {} } } },
    found: [['configmap://default/roots', 'roots']],
  },
  {
    when: 'roots are named beside what is checked',
    context: {
      combined_validation_context: {
        validation_context_sds_secret_config: { name: 'kubernetes://foo-cacert', sds_config: ads },
      },
    },
    found: [['kubernetes://foo-cacert', 'roots']],
  },
  {
    when: 'somebody else serves it',
    context: { tls_certificate_sds_secret_configs: [{ name: 'kubernetes://foo', sds_config: { path: '/sds' } }] },
    found: [],
  },
  {
    when: 'it is the workload’s own identity',
    context: { tls_certificate_sds_secret_configs: [{ name: 'default', sds_config: ads }] },
    found: [],
  },
  { when: 'nothing is named', context: {}, found: [] },
])('finds what a patch asks for when $when', ({ context, found }) => {
  const filter = filterWith(context);
  const demands = listPatchSecretDemands(filter.patches, [filter]);
  expect(demands.map(({ name, role }) => [name, role])).toEqual(found);
});

it.each([
  { name: 'kubernetes://foo', proxy: 'default', isServed: true },
  { name: 'kubernetes://default/foo', proxy: 'default', isServed: true },
  { name: 'kubernetes://default/foo', proxy: 'other', isServed: false },
  { name: 'kubernetes-gateway://default/foo', proxy: 'default', isServed: true },
  { name: 'kubernetes-gateway://default/foo', proxy: 'other', isServed: false },
  { name: 'foo', proxy: 'default', isServed: false },
])('proxies of $proxy have $name served: $isServed', ({ name, proxy, isServed }) => {
  const filter = filterWith({ tls_certificate_sds_secret_configs: [{ name, sds_config: ads }] });
  const credential = { meta: meta('Secret', 'default', 'foo'), certificate: { chainPem: 'CHAIN', keyPem: 'KEY' } };
  const credentials = new Map([['default', new Map([['foo', credential]])]]);
  const demands = listPatchSecretDemands(filter.patches, [filter]);
  const { resources, notes } = compileSecrets(proxy, demands, credentials, new CompileCache());
  expect(resources.map((resource) => resource.name)).toEqual(isServed ? [name] : []);
  expect(notes.map(({ object, code }) => [object, code])).toEqual(
    isServed ? [] : [['EnvoyFilter/default/patch', 'CREDENTIAL_MISSING']],
  );
});
