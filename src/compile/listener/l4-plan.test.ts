import { describe, expect, it } from 'vitest';
import { virtualService } from '../../../test/support/model.ts';
import type { L4Destination, L4Match, VirtualService } from '../../model/virtual-service.ts';
import { type L4Client, type L4Plan, type L4Port, planPort } from './l4-plan.ts';

const client: L4Client = { labels: { app: 'a' }, namespace: 'default' };
const tcpPort: L4Port = { number: 90, subnets: [], serverNames: [] };
const tlsPort: L4Port = { number: 443, subnets: [], serverNames: ['svc.ex'] };
const any: L4Match = { gateways: [], sourceLabels: {}, destinationSubnets: [] };
const to = (host: string): [L4Destination] => [{ destination: { host }, weight: 0 }];
const rule = (name: string, rest: Partial<VirtualService>) => virtualService('default', name, rest);

/** `names|ranges -> host`, with `!` for chains that name their VirtualService. */
const lines = (plans: readonly L4Plan[]) =>
  plans.map(
    ({ match, destinations, named }) =>
      `${match.serverNames.join()}|${match.subnets.join()} -> ${destinations?.[0].destination.host ?? 'itself'}${named ? '!' : ''}`,
  );

describe('TCP ports', () => {
  const tcp = (...blocks: [matches: Partial<L4Match>[], host: string][]) =>
    rule('v', {
      tcp: blocks.map(([matches, host]) => ({
        matches: matches.map((m) => ({ ...any, ...m })),
        destinations: to(host),
      })),
    });

  it.each<{ when: string; vs: VirtualService; port?: Partial<L4Port>; chains: string[] }>([
    { when: 'a block matches everything', vs: tcp([[], 'a']), chains: ['| -> a!'] },
    { when: 'the first of two matches everything', vs: tcp([[], 'a'], [[], 'b']), chains: ['| -> a!'] },
    {
      when: 'a block matches ranges',
      vs: tcp([[{ destinationSubnets: ['10.1.0.0/16'] }, { destinationSubnets: ['10.2.0.0/16'] }], 'a'], [[], 'b']),
      chains: ['|10.1.0.0/16,10.2.0.0/16 -> a', '| -> b!'],
    },
    {
      when: 'only ranges are matched',
      vs: tcp([[{ destinationSubnets: ['10.1.0.0/16'] }], 'a']),
      chains: ['|10.1.0.0/16 -> a', '| -> itself'],
    },
    {
      when: 'the ranges are those of the service',
      vs: tcp([[{ destinationSubnets: ['10.2.0.0/16', '10.1.0.0/16'] }], 'a']),
      port: { subnets: ['10.1.0.0/16', '10.2.0.0/16'] },
      chains: ['|10.2.0.0/16,10.1.0.0/16 -> a'],
    },
    {
      when: 'ranges are matched on a Unix socket',
      vs: tcp([[{ destinationSubnets: ['10.1.0.0/16'] }], 'a']),
      port: { number: 0 },
      chains: ['| -> a!'],
    },
    { when: 'labels do not match', vs: tcp([[{ sourceLabels: { app: 'b' } }], 'a']), chains: ['| -> itself'] },
    { when: 'labels match', vs: tcp([[{ sourceLabels: { app: 'a' } }], 'a']), chains: ['| -> a!'] },
    { when: 'the namespace does not match', vs: tcp([[{ sourceNamespace: 'shop' }], 'a']), chains: ['| -> itself'] },
    { when: 'the port does not match', vs: tcp([[{ port: 91 }], 'a']), chains: ['| -> itself'] },
    { when: 'it is for gateways', vs: tcp([[{ gateways: ['default/gw'] }], 'a']), chains: ['| -> itself'] },
    { when: 'it is for the mesh too', vs: tcp([[{ gateways: ['default/gw', 'mesh'] }], 'a']), chains: ['| -> a!'] },
  ])('are planned when $when', ({ vs, port, chains }) => {
    expect(lines(planPort({ ...tcpPort, ...port }, 'tcp', [vs], client))).toEqual(chains);
  });
});

describe('TLS ports', () => {
  const tls = (...matches: (Partial<L4Match> & { sni: string[]; host: string })[]) =>
    rule('v', {
      tls: matches.map(({ sni, host, ...rest }) => ({
        matches: [{ ...any, ...rest, sniHosts: sni }],
        destinations: to(host),
      })),
    });

  it.each<{ when: string; vs: VirtualService; chains: string[] }>([
    { when: 'names are matched', vs: tls({ sni: ['a', 'b'], host: 'x' }), chains: ['a,b| -> x!'] },
    {
      when: 'a name is matched twice',
      vs: tls(
        { sni: ['a'], host: 'x', sourceLabels: { app: 'b' } },
        { sni: ['a'], host: 'y' },
        { sni: ['a'], host: 'z' },
      ),
      chains: ['a| -> y!'],
    },
    { when: 'nothing applies', vs: tls({ sni: ['a'], host: 'x', port: 1 }), chains: ['svc.ex| -> itself'] },
    {
      when: 'ranges once given hold for what follows',
      vs: tls(
        { sni: ['a.ex'], host: 'x', destinationSubnets: ['10.1.0.0/16'] },
        { sni: ['a.ex', 'b.a.ex'], host: 'y' },
      ),
      chains: ['a.ex|10.1.0.0/16 -> x!', 'a.ex,b.a.ex|10.1.0.0/16 -> y!'],
    },
  ])('are planned when $when', ({ vs, chains }) => {
    expect(lines(planPort(tlsPort, 'tls', [vs], client))).toEqual(chains);
  });
});
