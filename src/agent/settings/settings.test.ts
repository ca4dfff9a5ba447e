import { describe, expect, it } from 'vitest';
import { type Environment, EnvironmentReader } from './environment.ts';
import { readConcurrency, readDns, readKeyKind, readServer, toLabels } from './environment-parts.ts';
import { toNodeMetadata } from './node-metadata.ts';
import { parsePodFile } from './pod-files.ts';
import { mergeProxyConfig, parseProxyConfig, readProxyConfig } from './proxy-config.ts';

const env = (values: Environment = {}) => new EnvironmentReader(values);

describe('a file of the downward API', () => {
  it('has quoted values, however much is in them', () => {
    expect(
      parsePodFile('app="reviews"\nproxy.istio.io/config="a: \\"b\\"\\nc: 1\\u00e4"\n\nnonsense\nx=unquoted\n'),
    ).toEqual({
      app: 'reviews',
      'proxy.istio.io/config': 'a: "b"\nc: 1ä',
    });
  });
});

describe('the environment of an agent', () => {
  it.each<[string, () => unknown, string]>([
    ['a boolean', () => env({ A: 'yes' }).boolean('A', false), 'A: "yes" is neither true nor false'],
    ['a number', () => env({ A: '1e3' }).integer('A', 0), 'A: "1e3" is no whole number'],
    ['a ratio', () => env({ A: '1.5' }).ratio('A', 0), 'A: "1.5" is no number from 0 to 1'],
    ['a duration', () => env({ A: '5 s' }).duration('A', 0), 'A: "5 s" is no duration such as 5s'],
    [
      'a word',
      () => env({ ECC_CURVE: 'P521' }).oneOf('ECC_CURVE', ['P256', 'P384'], 'P256'),
      'ECC_CURVE: "P521" is none of P256, P384',
    ],
    [
      'a key',
      () => readKeyKind(env({ WORKLOAD_RSA_KEY_SIZE: '1024' })),
      'WORKLOAD_RSA_KEY_SIZE: 1024 is not from 2048 to 8192',
    ],
    ['an address', () => readServer(env(), 'XDS', 'istiod'), '"istiod" is no host:port of a control plane'],
  ])('is refused by name where it is no such thing: %s', (_, read, message) => {
    expect(read).toThrow(expect.objectContaining({ code: 'AGENT_SETTING', message }));
  });

  it.each<[string, Environment, unknown]>([
    ['nothing', {}, { type: 'ec', curve: 'P-256' }],
    ['a curve', { ECC_SIGNATURE_ALGORITHM: 'ECDSA', ECC_CURVE: 'P384' }, { type: 'ec', curve: 'P-384' }],
    ['a size', { WORKLOAD_RSA_KEY_SIZE: '4096' }, { type: 'rsa', bits: 4096 }],
  ])('chooses the key by %s', (_, values, expected) => {
    expect(readKeyKind(env(values))).toEqual(expected);
  });

  it.each<[string, Environment, string, unknown]>([
    [
      'over TLS, by its own name',
      {},
      'istiod.istio-system.svc:15012',
      {
        serverName: 'istiod.istio-system.svc',
        roots: ['./etc/certs/root-cert.pem', './var/run/secrets/istio/root-cert.pem'],
      },
    ],
    ['in plaintext', {}, 'istiod.istio-system.svc:15010', undefined],
    ['by another name', { ISTIOD_SAN: 'x', XDS_ROOT_CA: '/r' }, '127.0.0.1:15012', { serverName: 'x', roots: ['/r'] }],
    [
      'on this machine',
      { XDS_ROOT_CA: 'SYSTEM' },
      'localhost:1',
      { serverName: 'istiod.istio-system.svc', roots: 'system' },
    ],
  ])('reaches the control plane %s', (_, values, address, tls) => {
    expect(readServer(env({ ...values, XDS_HEADER_X_Tenant: 'a' }), 'XDS', address)).toEqual({
      address,
      tls,
      headers: { x_tenant: 'a' },
    });
  });

  it('decides on threads: flag, ProxyConfig, CPU limit, all', () => {
    expect([
      readConcurrency(3, 2, env({ ISTIO_CPU_LIMIT: '1' })),
      readConcurrency(0, 2, env({ ISTIO_CPU_LIMIT: '1' })),
      readConcurrency(0, undefined, env({ ISTIO_CPU_LIMIT: '1' })),
      readConcurrency(0, 0, env()),
    ]).toEqual([3, 2, 1, undefined]);
  });

  it('answers DNS only where it is asked to', () => {
    expect([readDns(env()), readDns(env({ ISTIO_META_DNS_CAPTURE: 'true' }))?.address]).toEqual([
      undefined,
      'localhost:15053',
    ]);
  });

  it('becomes labels and metadata', () => {
    const reader = env({
      ISTIO_META_NETWORK: 'n1',
      ISTIO_METAJSON_LABELS: '{"app":"vm"}',
      ISTIO_METAJSON_METADATA: '{"PLATFORM":{"x":1}}',
    });
    expect(toLabels(reader, { app: 'pod', version: 'v1', 'pod-template-hash': 'x' })).toEqual({
      app: 'vm',
      version: 'v1',
    });
    const written = { discoveryAddress: 'istiod.x.svc:15012' };
    expect(toNodeMetadata(reader, { annotations: {}, written, proxyConfig: readProxyConfig(written) })).toMatchObject({
      NETWORK: 'n1',
      PLATFORM: { x: 1 },
      PROXY_CONFIG: written,
      PILOT_SAN: ['istiod.x.svc'],
    });
  });
});

describe('a ProxyConfig', () => {
  it('is put together field by field, maps member by member', () => {
    const merged = mergeProxyConfig(
      { drainDuration: '45s', proxyMetadata: { A: '1', B: '1' }, concurrency: 2 },
      { proxyMetadata: { B: '2' }, concurrency: 4 },
    );
    expect(merged).toEqual({ drainDuration: '45s', proxyMetadata: { A: '1', B: '2' }, concurrency: 4 });
    expect(readProxyConfig(merged)).toMatchObject({
      drainMs: 45_000,
      terminationDrainMs: 5000,
      concurrency: 4,
      statusPort: 15020,
    });
  });

  it('is JSON or YAML, and nothing is empty', async () => {
    expect(await parseProxyConfig('{"concurrency":2}', 'x')).toEqual({ concurrency: 2 });
    expect(await parseProxyConfig('concurrency: 2\n', 'x')).toEqual({ concurrency: 2 });
    expect(await parseProxyConfig('{}', 'x')).toEqual({});
    await expect(parseProxyConfig('- 1', 'PROXY_CONFIG')).rejects.toThrow(
      'PROXY_CONFIG: a ProxyConfig is a map of its fields',
    );
    await expect(parseProxyConfig('a: [', 'PROXY_CONFIG')).rejects.toThrow('PROXY_CONFIG: neither JSON nor YAML');
  });

  it('says which field it cannot use', () => {
    expect(() => readProxyConfig({ drainDuration: 'soon' })).toThrow('drainDuration: "soon" is no duration such as 5s');
    expect(() => readProxyConfig({ configPath: 3 })).toThrow('ProxyConfig configPath: a text is expected');
  });
});
