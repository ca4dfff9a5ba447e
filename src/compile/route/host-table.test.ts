import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meta, virtualService } from '../../../test/support/model.ts';
import type { GatewayServer } from '../../model/gateway.ts';
import type { MergedServer } from '../../model/merged-gateway.ts';
import type { GatewayPart } from './gateway-parts.ts';
import type { EncodedRoutes } from './http-route.ts';
import { type GatewayHostPlan, HostTable } from './host-table.ts';

function server(name: string, httpsRedirect: boolean): MergedServer {
  const own: GatewayServer = {
    port: { number: 80, name: 'http', protocol: 'http' },
    hosts: ['*/redirected'],
    httpsRedirect,
  };
  const gateway = { meta: meta('Gateway', 'default', name), servers: [own] } as const;
  return { gateway, server: own, gatewayName: `default/${name}`, routeName: 'http.80' };
}

const SERVERS = [server('plain', false), server('redirecting', true)];
const HOSTS = ['a', 'A', 'b', '*.b', 'redirected'];
const ROUTES: readonly EncodedRoutes[] = Array.from({ length: 4 }, () => ({ routes: [], origins: [] }));

/** Every part there may be, in the order in which they come. */
const PARTS: readonly GatewayPart[] = SERVERS.flatMap((merged) =>
  Array.from({ length: 12 }, (_, i) => ({
    merged,
    vs: virtualService('default', `vs-${i}`),
    common: [HOSTS[i % HOSTS.length] ?? '', HOSTS[(i * 3 + 1) % HOSTS.length] ?? ''],
    routes: i === 5 ? undefined : ROUTES[i % ROUTES.length],
    notes: [],
  })),
);

describe('HostTable', () => {
  it('plans after any changes what it plans at once', () => {
    const lists = fc.array(fc.subarray([...PARTS]), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(lists, (history) => {
        const table = new HostTable(SERVERS);
        const plans = new Set<GatewayHostPlan>();
        for (const parts of history) {
          const { gone, come } = table.update(parts);
          for (const plan of gone) plans.delete(plan);
          for (const plan of come) plans.add(plan);
          const { come: fresh } = new HostTable(SERVERS).update(parts);
          expect(sorted(plans)).toEqual(sorted(fresh));
        }
      }),
    );
  });
});

function sorted(plans: Iterable<GatewayHostPlan>): readonly unknown[] {
  const toText = ({ routes, ...plan }: GatewayHostPlan) =>
    JSON.stringify({ ...plan, routes: routes.map((one) => ROUTES.indexOf(one)) });
  return [...plans].map(toText).sort();
}
