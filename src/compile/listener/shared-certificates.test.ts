import { describe, expect, it } from 'vitest';
import { gateway, gatewayServer, serverTls } from '../../../test/support/gateway.ts';
import type { GatewayServer } from '../../model/gateway.ts';
import { mergeGateways } from '../../model/gateway-merge.ts';
import { listSharedCertificates } from './shared-certificates.ts';

const https = (hosts: GatewayServer['hosts'], tls = serverTls('simple'), port = 443) =>
  gatewayServer(port, 'https', hosts, { tls });
const other = serverTls('simple', { certificate: { kind: 'credential', names: ['other'] } });
const files = serverTls('simple', {
  certificate: { kind: 'files', pairs: [{ certificate: '/c.pem', privateKey: '/k.pem' }] },
});

describe('listSharedCertificates', () => {
  it.each<readonly [string, GatewayServer, GatewayServer, readonly string[]]>([
    ['different hosts', https(['a.com']), https(['b.com']), ['Gateway/istio-system/a', 'Gateway/istio-system/b']],
    [
      'different hosts and files',
      https(['a.com'], files),
      https(['b.com'], files),
      ['Gateway/istio-system/a', 'Gateway/istio-system/b'],
    ],
    ['a host and a wildcard over it', https(['a.com']), https(['*.com']), []],
    ['different certificates', https(['a.com']), https(['b.com'], other), []],
    ['different ports', https(['a.com']), https(['b.com'], serverTls('simple'), 444), []],
    ['no HTTP', https(['a.com']), gatewayServer(443, 'tls', ['b.com'], { tls: serverTls('simple') }), []],
    ['passthrough', https(['a.com'], serverTls('passthrough')), https(['b.com'], serverTls('passthrough')), []],
  ])('with %s', (_, a, b, expected) => {
    const merged = mergeGateways([gateway('a', [a]), gateway('b', [b])], { labels: {}, targets: [] });
    expect(listSharedCertificates(merged).map(({ object }) => object)).toEqual(expected);
  });
});
