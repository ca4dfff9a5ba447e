import { describe, expect, it } from 'vitest';
import { gateway, gatewayServer, serverTls } from '../../../test/support/gateway.ts';
import { gatewayListeners, type ListenersJson, outline } from '../../../test/support/listeners.ts';
import type { ProxyOptions } from '../../../test/support/scopes.ts';
import type { Gateway, ServerTls } from '../../model/gateway.ts';
import { mergeGateways } from '../../model/gateway-merge.ts';

const NO_IDENTITY: ProxyOptions = { capabilities: { identity: 'none' } };
const listen = (gateways: readonly Gateway[], proxy: ProxyOptions = {}): ListenersJson =>
  gatewayListeners(mergeGateways(gateways, { labels: {}, targets: [] }), {}, proxy);

const names = ({ resources }: ListenersJson) => resources.map(({ name }) => name);

describe('HTTPS servers', () => {
  const https = (tls: ServerTls, rest = {}) =>
    gatewayServer(443, 'https', ['b.ex', 'ns/a.ex'], { name: 'https', tls, ...rest });
  const socket = (tls: ServerTls, proxy: ProxyOptions = {}) =>
    listen([gateway('gw', [https(tls)])], proxy).listeners['0.0.0.0_443']?.filter_chains[0]?.transport_socket
      ?.typed_config;

  it('are told apart by name, each with routes of its own', () => {
    const other = gatewayServer(443, 'https', ['c.ex'], { name: 'other', tls: serverTls('simple') });
    const { listeners } = listen([gateway('gw', [https(serverTls('simple')), other])]);
    const listener = listeners['0.0.0.0_443'];
    expect(outline(listener)).toEqual([
      '{server_names:[a.ex,b.ex]} -> TLS http(https.443.https.gw.istio-system)',
      '{server_names:[c.ex]} -> TLS http(https.443.other.gw.istio-system)',
    ]);
    expect(listener?.listener_filters?.map(({ name }) => name)).toEqual(['envoy.filters.listener.tls_inspector']);
    expect(listener?.listener_filters_timeout).toBeUndefined();
  });

  it('count under their own name when they have one', () => {
    const named = { ...https(serverTls('simple')), name: 'shop' };
    const { listeners } = listen([gateway('gw', [named])]);
    expect(listeners['0.0.0.0_443']?.filter_chains[0]?.filters[0]?.typed_config.stat_prefix).toBe('shop');
  });

  it('that serve any host match nothing in particular', () => {
    const any = gatewayServer(443, 'https', ['*'], { name: 'any', tls: serverTls('simple') });
    expect(outline(listen([gateway('gw', [any])]).listeners['0.0.0.0_443'])).toEqual([
      '* -> TLS http(https.443.any.gw.istio-system)',
    ]);
  });

  const ads = { ads: {}, resource_api_version: 'V3' };
  const pairs = [{ certificate: '/c.pem', privateKey: '/k.pem' }] as const;
  it.each<{ when: string; tls: ServerTls; proxy?: ProxyOptions; asks: boolean; context: object }>([
    {
      when: 'they name a credential',
      tls: serverTls('simple'),
      asks: false,
      context: { tls_certificate_sds_secret_configs: [{ name: 'kubernetes://cred', sds_config: ads }] },
    },
    {
      when: 'there is no agent to ask for it',
      tls: serverTls('simple'),
      proxy: NO_IDENTITY,
      asks: false,
      context: { tls_certificate_sds_secret_configs: [{ name: 'kubernetes://cred', sds_config: ads }] },
    },
    {
      when: 'they ask for certificates too',
      tls: serverTls('mutual', { subjectAltNames: ['client.ex'], verifyCertificateHash: ['ab'] }),
      asks: true,
      context: {
        tls_certificate_sds_secret_configs: [{ name: 'kubernetes://cred', sds_config: ads }],
        combined_validation_context: {
          default_validation_context: {
            match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'client.ex' } }],
            verify_certificate_hash: ['ab'],
          },
          validation_context_sds_secret_config: { name: 'kubernetes://cred-cacert', sds_config: ads },
        },
      },
    },
    {
      when: 'they take certificates and set a version',
      tls: serverTls('optional-mutual', { minVersion: 'TLSV1_3' }),
      asks: false,
      context: {
        tls_params: { tls_minimum_protocol_version: 'TLSv1_3' },
        tls_certificate_sds_secret_configs: [{ name: 'kubernetes://cred', sds_config: ads }],
        combined_validation_context: {
          default_validation_context: {},
          validation_context_sds_secret_config: { name: 'kubernetes://cred-cacert', sds_config: ads },
        },
      },
    },
    {
      when: 'they name several, and roots apart',
      tls: serverTls('mutual', {
        certificate: { kind: 'credential', names: ['rsa', 'ecdsa'], caName: 'roots' },
        insecureSkipVerify: true,
      }),
      asks: true,
      context: {
        tls_certificate_sds_secret_configs: [
          { name: 'kubernetes://rsa', sds_config: ads },
          { name: 'kubernetes://ecdsa', sds_config: ads },
        ],
        combined_validation_context: {
          default_validation_context: { trust_chain_verification: 'ACCEPT_UNTRUSTED' },
          validation_context_sds_secret_config: { name: 'kubernetes://roots', sds_config: ads },
        },
      },
    },
    {
      when: 'files are served by the agent',
      tls: serverTls('mutual', { certificate: { kind: 'files', pairs, caCertificates: '/ca.pem', caCrl: '/crl.pem' } }),
      asks: true,
      context: {
        tls_certificate_sds_secret_configs: [{ name: 'file-cert:/c.pem~/k.pem', sds_config: expect.anything() }],
        combined_validation_context: {
          default_validation_context: { crl: { filename: '/crl.pem' } },
          validation_context_sds_secret_config: { name: 'file-root:/ca.pem', sds_config: expect.anything() },
        },
      },
    },
    {
      when: 'files are read by Envoy',
      tls: serverTls('mutual', { certificate: { kind: 'files', pairs, caCertificates: '/ca.pem' } }),
      proxy: NO_IDENTITY,
      asks: true,
      context: {
        tls_certificates: [{ certificate_chain: { filename: '/c.pem' }, private_key: { filename: '/k.pem' } }],
        validation_context: { trusted_ca: { filename: '/ca.pem' } },
      },
    },
    {
      when: 'they have no certificate but the workload has',
      tls: serverTls('simple', { certificate: { kind: 'none' } }),
      asks: false,
      context: { tls_certificate_sds_secret_configs: [{ name: 'default', sds_config: expect.anything() }] },
    },
  ])('end TLS when $when', ({ tls, proxy = {}, asks, context }) => {
    expect(socket(tls, proxy)).toEqual({
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
      require_client_certificate: asks,
      common_tls_context: { alpn_protocols: ['h2', 'http/1.1'], ...context },
    });
  });

  it.each([
    { when: 'it is the mesh’s', tls: serverTls('istio-mutual') },
    { when: 'it is the workload’s', tls: serverTls('simple', { certificate: { kind: 'none' } }) },
  ])('are left out, and said so, where a certificate cannot be had: $when', ({ tls }) => {
    const compiled = listen([gateway('gw', [https(tls)])], NO_IDENTITY);
    expect(names(compiled)).toEqual([]);
    expect(compiled.notes.map(({ object, code }) => [object, code])).toEqual([
      ['Gateway/istio-system/gw', 'GATEWAY_WITHOUT_IDENTITY'],
    ]);
  });

  it('that would match the same name give way to the older', () => {
    const one = gatewayServer(443, 'https', ['a/x.ex'], { name: 'one', tls: serverTls('simple') });
    const two = gatewayServer(443, 'https', ['b/x.ex', 'y.ex'], { name: 'two', tls: serverTls('simple') });
    const compiled = listen([gateway('gw', [one]), gateway('late', [two])]);
    expect(outline(compiled.listeners['0.0.0.0_443'])).toEqual([
      '{server_names:[x.ex]} -> TLS http(https.443.one.gw.istio-system)',
      '{server_names:[y.ex]} -> TLS http(https.443.two.late.istio-system)',
    ]);
    expect(compiled.notes.map(({ object, code }) => [object, code])).toEqual([
      ['Gateway/istio-system/late', 'LISTENER_CHAIN_CONFLICT'],
    ]);
  });
});
