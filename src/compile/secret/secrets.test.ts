import { describe, expect, it } from 'vitest';
import { external, rule, simpleTls } from '../../../test/support/clusters.ts';
import { meta } from '../../../test/support/model.ts';
import { routerScope, sidecarScope } from '../../../test/support/scopes.ts';
import { toJson } from '../../gen/codec.ts';
import type { Gateway, GatewayServer, ServerTls } from '../../model/gateway.ts';
import type { MergedGateway } from '../../model/merged-gateway.ts';
import type { Credential } from '../../model/snapshot.ts';
import { CompileCache } from '../cache.ts';
import { listSecretDemands, type SecretDemand } from './demand.ts';
import { compileSecrets } from './secrets.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const gatewayMeta = meta('Gateway', 'istio-system', 'gw');

function credential(name: string, rest: Partial<Credential>, namespace = 'istio-system'): Credential {
  return { meta: meta('Secret', namespace, name), ...rest };
}

const pair = { chainPem: 'CHAIN', keyPem: 'KEY' };
const SECRETS = [
  credential('foo', { certificate: pair, caPem: 'FOO-CA' }),
  credential('bar', { certificate: { ...pair, ocspStaple: base64('STAPLE') } }),
  credential('bar-cacert', { caPem: 'BAR-CA', crlPem: 'CRL' }),
  credential('configmap://roots', { caPem: 'ROOTS' }, 'default'),
  credential('other', { certificate: pair }, 'other'),
];
const credentials = new Map(
  [...Map.groupBy(SECRETS, (secret) => secret.meta.namespace)].map(([namespace, list]) => [
    namespace,
    new Map(list.map((secret) => [secret.meta.name, secret])),
  ]),
);

const compile = (...demands: readonly SecretDemand[]) =>
  compileSecrets('istio-system', demands, credentials, new CompileCache());

const print = (name: string, role: SecretDemand['role'], by = gatewayMeta) =>
  compile({ name, role, by }).resources.map(({ bytes }) =>
    toJson('envoy.extensions.transport_sockets.tls.v3.Secret', bytes),
  );

describe('compileSecrets', () => {
  it.each([
    {
      of: 'a certificate',
      name: 'kubernetes://foo',
      role: 'certificate',
      expected: {
        tls_certificate: {
          certificate_chain: { inline_bytes: base64('CHAIN') },
          private_key: { inline_bytes: base64('KEY') },
        },
      },
    },
    {
      of: 'a certificate with a staple',
      name: 'kubernetes://bar',
      role: 'certificate',
      expected: {
        tls_certificate: {
          certificate_chain: { inline_bytes: base64('CHAIN') },
          private_key: { inline_bytes: base64('KEY') },
          ocsp_staple: { inline_bytes: base64('STAPLE') },
        },
      },
    },
    {
      of: 'roots in a Secret of their own',
      name: 'kubernetes://bar-cacert',
      role: 'roots',
      expected: {
        validation_context: { trusted_ca: { inline_bytes: base64('BAR-CA') }, crl: { inline_bytes: base64('CRL') } },
      },
    },
    {
      of: 'roots beside their certificate',
      name: 'kubernetes://foo-cacert',
      role: 'roots',
      expected: { validation_context: { trusted_ca: { inline_bytes: base64('FOO-CA') } } },
    },
    {
      of: 'roots of any namespace, as a ConfigMap',
      name: 'configmap://default/roots',
      role: 'roots',
      expected: { validation_context: { trusted_ca: { inline_bytes: base64('ROOTS') } } },
    },
    {
      of: 'a certificate of the own namespace, named in full',
      name: 'kubernetes://istio-system/foo',
      role: 'certificate',
      expected: {
        tls_certificate: {
          certificate_chain: { inline_bytes: base64('CHAIN') },
          private_key: { inline_bytes: base64('KEY') },
        },
      },
    },
  ] as const)('serves $of', ({ name, role, expected }) => {
    expect(print(name, role)).toEqual([{ name, ...expected }]);
  });

  it('serves what a Gateway of another namespace hands out of its own', () => {
    const [mine, others] = [gatewayMeta, meta('Gateway', 'other', 'gw')];
    expect(print('kubernetes-gateway://other/other', 'certificate', others)).toHaveLength(1);
    expect(print('kubernetes-gateway://other/other', 'certificate', mine)).toEqual([]);
  });

  it.each([
    { when: 'there is none', name: 'kubernetes://nothing', role: 'certificate' },
    { when: 'it has no key', name: 'kubernetes://bar-cacert', role: 'certificate' },
    { when: 'it is of another namespace', name: 'kubernetes://other/other', role: 'certificate' },
    { when: 'a ConfigMap is named where a Secret is', name: 'configmap://other/other', role: 'certificate' },
    { when: 'a ConfigMap of its own namespace is', name: 'configmap://istio-system/foo', role: 'certificate' },
  ] as const)('tells the Gateway when $when', ({ name, role }) => {
    const { resources, notes } = compile({ name, role, by: gatewayMeta });
    const message = `no credential with a certificate and its key is found by the name ${name} for proxies of namespace "istio-system"`;
    expect(resources).toEqual([]);
    expect(notes).toEqual([
      {
        object: 'Gateway/istio-system/gw',
        code: 'CREDENTIAL_MISSING',
        message,
        fate: { kind: 'partly-applied', because: message },
      },
    ]);
  });

  it('comes from the Secret, which a rejection is reported on', () => {
    const [resource] = compile({ name: 'kubernetes://foo', role: 'certificate', by: gatewayMeta }).resources;
    expect(resource?.origins).toEqual(['Secret/istio-system/foo']);
  });
});

function serverTls(mode: ServerTls['mode'], certificate: ServerTls['certificate']): ServerTls {
  return {
    mode,
    certificate,
    subjectAltNames: [],
    verifyCertificateSpki: [],
    verifyCertificateHash: [],
    minVersion: 'TLS_AUTO',
    maxVersion: 'TLS_AUTO',
    cipherSuites: [],
    insecureSkipVerify: false,
  };
}

function merged(tls: ServerTls): MergedGateway {
  const server: GatewayServer = {
    port: { number: 443, name: 'https', protocol: 'https' },
    hosts: ['*'],
    httpsRedirect: false,
    tls,
  };
  const gateway: Gateway = { meta: gatewayMeta, servers: [server] };
  const group = { gateway, server, gatewayName: 'istio-system/gw', routeName: '' };
  return {
    groups: [{ port: 443, bind: '', servers: [group] }],
    rejected: [],
    serversByRoute: new Map(),
    hasAutoPassthrough: false,
  };
}

describe('listSecretDemands', () => {
  const named = (demands: readonly SecretDemand[]) => demands.map(({ name, role }) => `${role} ${name}`);
  const credentialOf = (...names: [string, ...string[]]) => ({ kind: 'credential', names }) as const;
  it.each([
    { of: 'SIMPLE', tls: serverTls('simple', credentialOf('foo')), expected: ['certificate kubernetes://foo'] },
    {
      of: 'SIMPLE with two certificates',
      tls: serverTls('simple', credentialOf('foo', 'bar')),
      expected: ['certificate kubernetes://foo', 'certificate kubernetes://bar'],
    },
    {
      of: 'MUTUAL',
      tls: serverTls('mutual', credentialOf('foo', 'bar')),
      expected: ['certificate kubernetes://foo', 'certificate kubernetes://bar', 'roots kubernetes://foo-cacert'],
    },
    {
      of: 'OPTIONAL_MUTUAL with roots of another name',
      tls: serverTls('optional-mutual', { ...credentialOf('foo'), caName: 'configmap://default/roots' }),
      expected: ['certificate kubernetes://foo', 'roots configmap://default/roots'],
    },
    { of: 'the mesh identity', tls: serverTls('simple', credentialOf('builtin://')), expected: [] },
    { of: 'files', tls: serverTls('istio-mutual', { kind: 'none' }), expected: [] },
  ])('finds those of a server: $of', ({ tls, expected }) => {
    expect(named(listSecretDemands(routerScope(merged(tls)), new CompileCache()))).toEqual(expected);
  });

  const HOST = 'a.example.com';
  const parts = (credentialName: string, rest = {}) => ({
    services: [external(HOST)],
    destinationRules: [rule({ tls: simpleTls({ mode: 'mutual', credentialName }) }, { host: HOST, ...rest })],
    namespace: 'default',
  });

  it('finds, at a gateway, those by which rules originate TLS', () => {
    const demands = listSecretDemands(
      routerScope(merged(serverTls('passthrough', { kind: 'none' })), parts('foo')),
      new CompileCache(),
    );
    expect(named(demands)).toEqual(['certificate kubernetes://foo', 'roots kubernetes://foo-cacert']);
    expect(demands[0]?.by.name).toBe('rule');
  });

  it.each([
    { of: 'every workload', rest: {}, name: 'foo', expected: [] },
    {
      of: 'chosen workloads',
      rest: { workloadSelector: {} },
      name: 'foo',
      expected: ['certificate kubernetes://foo', 'roots kubernetes://foo-cacert'],
    },
    {
      of: 'every workload, from a ConfigMap',
      rest: {},
      name: 'configmap://default/roots',
      expected: ['certificate configmap://default/roots', 'roots configmap://default/roots-cacert'],
    },
  ])('finds, at a sidecar, those of rules for $of', ({ rest, name, expected }) => {
    expect(named(listSecretDemands(sidecarScope(parts(name, rest)), new CompileCache()))).toEqual(expected);
  });
});
