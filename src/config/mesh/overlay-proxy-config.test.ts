import { describe, expect, it } from 'vitest';
import { meta } from '../../../test/support/model.ts';
import { overlayOverride, overlayProxyConfig } from './overlay-proxy-config.ts';
import { parseProxyConfig, type WrittenProxyConfig } from './parse-proxy-config.ts';

describe('overlayProxyConfig', () => {
  it.each<{ when: string; base: WrittenProxyConfig; written: WrittenProxyConfig; together: WrittenProxyConfig }>([
    {
      when: 'nothing is written',
      base: { concurrency: 2, tracingServiceName: 'CANONICAL_NAME_ONLY' },
      written: {},
      together: { concurrency: 2, tracingServiceName: 'CANONICAL_NAME_ONLY' },
    },
    {
      when: 'single fields are written, others stay',
      base: { concurrency: 2, drainDuration: '7s', statusPort: 1, connectionSettings: { profile: 'EDGE' } },
      written: { concurrency: 0, drainDuration: '9s', terminationDrainDuration: '1s' },
      together: {
        concurrency: 0,
        drainDuration: '9s',
        terminationDrainDuration: '1s',
        statusPort: 1,
        connectionSettings: { profile: 'EDGE' },
      },
    },
    {
      when: 'a block is written, the whole block counts',
      base: { gatewayTopology: { numTrustedProxies: 2, forwardClientCertDetails: 'SANITIZE' } },
      written: { gatewayTopology: { numTrustedProxies: 3 } },
      together: { gatewayTopology: { numTrustedProxies: 3 } },
    },
    {
      when: 'headers are written, five of them stay',
      base: {
        proxyHeaders: {
          forwardedClientCert: 'FORWARD_ONLY',
          requestId: { disabled: true },
          attemptCount: { disabled: true },
          server: { value: 'mine' },
          envoyDebugHeaders: { disabled: true },
          preserveHttp1HeaderCase: true,
        },
      },
      written: { proxyHeaders: { attemptCount: { disabled: false }, xForwardedHost: { enabled: true } } },
      together: {
        proxyHeaders: {
          forwardedClientCert: 'FORWARD_ONLY',
          requestId: { disabled: true },
          attemptCount: { disabled: false },
          server: { value: 'mine' },
          envoyDebugHeaders: { disabled: true },
          xForwardedHost: { enabled: true },
        },
      },
    },
    {
      when: 'environments come together',
      base: { proxyMetadata: { A: '1', B: '1' }, serviceCluster: 'one' },
      written: { proxyMetadata: { B: '2', C: '2' }, tracingServiceName: 'CANONICAL_NAME_ONLY' },
      together: { proxyMetadata: { A: '1', B: '2', C: '2' }, tracingServiceName: 'CANONICAL_NAME_ONLY' },
    },
  ])('when $when', ({ base, written, together }) => {
    expect(overlayProxyConfig(parseProxyConfig(base), written)).toEqual(parseProxyConfig(together));
  });
});

it('puts a ProxyConfig resource over the settings of the mesh', () => {
  const override = {
    meta: meta('ProxyConfig', 'apps', 'one'),
    concurrency: 0,
    environment: { A: '1' },
    imageType: 'debug',
  };
  expect(overlayOverride(parseProxyConfig({ concurrency: 4, statusPort: 7 }), override)).toEqual(
    parseProxyConfig({ concurrency: 0, statusPort: 7, proxyMetadata: { A: '1' }, image: { imageType: 'debug' } }),
  );
});
