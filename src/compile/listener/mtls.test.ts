import { describe, expect, it } from 'vitest';
import { meshConfig } from '../../../test/support/mesh.ts';
import { sidecarClass } from '../../../test/support/scopes.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import { DEFAULT_FEATURES } from '../../model/mesh-features.ts';
import { CompileCache } from '../cache.ts';
import { compileMtlsContext } from './mtls.ts';
import { getListenerSettings } from './settings.ts';

function commonOf(mesh: Partial<MeshConfig>) {
  const settings = getListenerSettings(meshConfig(mesh), sidecarClass(), new CompileCache());
  return compileMtlsContext(settings, 'http').common_tls_context;
}

describe('compileMtlsContext', () => {
  it.each<{ when: string; mesh: Partial<MeshConfig>; minimum: string; suites: number | readonly string[] }>([
    { when: 'the mesh says nothing', mesh: {}, minimum: 'TLSv1_2', suites: 6 },
    { when: 'the mesh wants TLS 1.3', mesh: { meshMtlsMinVersion: 'TLSV1_3' }, minimum: 'TLSv1_3', suites: 6 },
    { when: 'the mesh wants less', mesh: { meshMtlsMinVersion: 'TLSV1_1' }, minimum: 'TLSv1_2', suites: 6 },
    {
      when: 'the mesh chooses suites',
      mesh: { meshMtlsCipherSuites: ['AES128-SHA', 'NO-SUCH', 'AES128-SHA'] },
      minimum: 'TLSv1_2',
      suites: ['AES128-SHA'],
    },
    {
      when: 'the mesh chooses none that exist',
      mesh: { meshMtlsCipherSuites: ['NO-SUCH'] },
      minimum: 'TLSv1_2',
      suites: 6,
    },
  ])('is $minimum and up when $when', ({ mesh, minimum, suites }) => {
    const { tls_minimum_protocol_version, cipher_suites = [] } = commonOf(mesh)?.tls_params ?? {};
    const found = typeof suites === 'number' ? cipher_suites.length : cipher_suites;
    expect([tls_minimum_protocol_version, found]).toEqual([minimum, suites]);
  });

  it('shows files, where the metadata of the proxy name some', () => {
    const proxy = sidecarClass({ settings: { serverFiles: { certificate: { chain: '/c', key: '/k' }, root: '/r' } } });
    const settings = getListenerSettings(meshConfig(), proxy, new CompileCache());
    const common = compileMtlsContext(settings, 'tcp').common_tls_context;
    expect([
      common?.tls_certificate_sds_secret_configs?.map(({ name }) => name),
      common?.combined_validation_context?.validation_context_sds_secret_config?.name,
    ]).toEqual([['file-cert:/c~/k'], 'file-root:/r']);
  });

  it('takes callers of every trust domain that is known, each once', () => {
    const mesh = { trustDomain: 'td', trustDomainAliases: ['old'], caTrustDomains: ['old', 'other', ''] };
    const { match_typed_subject_alt_names: names = [] } =
      commonOf(mesh)?.combined_validation_context?.default_validation_context ?? {};
    expect(names.map(({ matcher }) => matcher?.prefix)).toEqual(['spiffe://td/', 'spiffe://old/', 'spiffe://other/']);
  });

  it('takes any trust domain where that is not to be checked', () => {
    const names = (features: Partial<MeshConfig['features']>) =>
      commonOf({ features: { ...DEFAULT_FEATURES, ...features } })?.combined_validation_context
        ?.default_validation_context;
    expect(names({})).toEqual({
      match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { prefix: 'spiffe://cluster.local/' } }],
    });
    expect(names({ checksTrustDomain: false })).toEqual({});
  });
});
