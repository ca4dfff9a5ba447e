import { describe, expect, it } from 'vitest';
import { gateway, gatewayServer, serverTls } from '../../../test/support/gateway.ts';
import { mergeGateways } from '../../model/gateway-merge.ts';
import { indexGatewayRoutes } from './gateway-routes.ts';

describe('indexGatewayRoutes', () => {
  it('names the Gateway only where routes are those of one', () => {
    const servers = [
      gatewayServer(80, 'http', ['a.ex']),
      gatewayServer(443, 'https', ['b.ex'], { name: 'secure', tls: serverTls('simple') }),
    ];
    const merged = mergeGateways([gateway('gw', servers)], { labels: {}, targets: [] });
    const routes = Object.fromEntries(indexGatewayRoutes(merged));
    const https = Object.keys(routes).find((name) => name.startsWith('https.')) ?? '';
    expect(routes['http.80']).toEqual({ ports: [80], portName: '', gateway: '' });
    expect(routes[https]).toEqual({ ports: [443], portName: https.split('.')[2], gateway: 'istio-system/gw' });
  });
});
