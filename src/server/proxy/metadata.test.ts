import { describe, expect, it } from 'vitest';
import { parseSettings, readString, readStringMap } from './metadata.ts';

const NOTHING = {
  http10: false,
  unprivileged: false,
  inboundExactBalance: false,
  outboundExactBalance: false,
  dnsCapture: false,
  dnsAutoAllocate: false,
  reservedPorts: [],
  networkView: [],
};

describe('parseSettings', () => {
  it.each([
    { when: 'nothing is said', metadata: {}, expected: {} },
    {
      when: 'booleans are text',
      metadata: { DNS_CAPTURE: 'true', UNPRIVILEGED_POD: '1' },
      expected: { dnsCapture: true, unprivileged: true },
    },
    { when: 'booleans are booleans', metadata: { DNS_AUTO_ALLOCATE: true }, expected: { dnsAutoAllocate: true } },
    { when: 'a port is text', metadata: { HTTP_PROXY_PORT: '3128' }, expected: { httpProxyPort: 3128 } },
    { when: 'a port is nonsense', metadata: { HTTP_PROXY_PORT: '99999' }, expected: {} },
    { when: "a duration is Go's", metadata: { IDLE_TIMEOUT: '1m30s' }, expected: { idleTimeoutMs: 90_000 } },
    { when: 'a duration is nonsense', metadata: { IDLE_TIMEOUT: '90' }, expected: {} },
    { when: 'HTTP/1.0 is on', metadata: { HTTP10: '1' }, expected: { http10: true } },
    {
      when: 'ports are reserved',
      metadata: { ENVOY_STATUS_PORT: 15021, ENVOY_PROMETHEUS_PORT: '15090' },
      expected: { reservedPorts: [15021, 15090] },
    },
    {
      when: 'networks are listed',
      metadata: { REQUESTED_NETWORK_VIEW: 'a, b' },
      expected: { networkView: ['a', 'b'] },
    },
    {
      when: 'client certificates are files',
      metadata: { TLS_CLIENT_CERT_CHAIN: '/c', TLS_CLIENT_KEY: '/k', TLS_CLIENT_ROOT_CERT: '/r' },
      expected: { clientCertificate: { chain: '/c', key: '/k', root: '/r' } },
    },
    {
      when: 'server certificates are files',
      metadata: { TLS_SERVER_CERT_CHAIN: '/c', TLS_SERVER_KEY: '/k', TLS_SERVER_ROOT_CERT: '/r' },
      expected: { serverFiles: { certificate: { chain: '/c', key: '/k' }, root: '/r' } },
    },
    {
      when: 'only roots are a file',
      metadata: { TLS_SERVER_CERT_CHAIN: '/c', TLS_SERVER_ROOT_CERT: '/r' },
      expected: { serverFiles: { root: '/r' } },
    },
    { when: 'half a client certificate is given', metadata: { TLS_CLIENT_CERT_CHAIN: '/c' }, expected: {} },
  ])('when $when', ({ metadata, expected }) => {
    expect(parseSettings(metadata)).toEqual({ ...NOTHING, ...expected });
  });
});

describe('readString and readStringMap', () => {
  it('take what is of the type and leave the rest out', () => {
    const metadata = { text: 'a', number: 1, list: [], LABELS: { app: 'web', port: 80 } };
    expect(['text', 'number', 'list', 'none'].map((key) => readString(metadata, key))).toEqual(['a', '1', '', '']);
    expect([readStringMap(metadata, 'LABELS'), readStringMap(metadata, 'text')]).toEqual([{ app: 'web' }, {}]);
  });
});
