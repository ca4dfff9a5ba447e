import { isIP } from 'node:net';
import type { Family, Match, Rule } from './rule.ts';
import type { CaptureSettings } from './settings.ts';
import { isTo, nat, udp } from './words.ts';

/** Where the agent answers DNS. */
const AGENT_PORT = 15_053;

/** Conntrack zones: UDP of the application to the agent, and of the agent to servers, would otherwise be taken for one another. */
const ZONE = { servers: 1, application: 2 } as const;

const toDns: Match = { kind: 'toPort', port: 53 };

/** DNS requests go to the agent; its own go to the servers. */
export function planDns(settings: CaptureSettings, family: Family): readonly Rule[] {
  const { dns } = settings;
  if (dns === undefined || dns.length === 0) return [];
  // One match for each server of this family; a single empty one when all of DNS is captured.
  const servers: readonly (readonly [Match] | readonly [])[] =
    dns === '*'
      ? [[]]
      : dns.filter((ip) => isIP(ip) === family).map((ip) => [isTo(`${ip}/${family === 4 ? 32 : 128}`)]);
  return [
    { table: 'raw', chain: 'OUTPUT', matches: [], target: { kind: 'jump', chain: 'ISTIO_OUTPUT_DNS' } },
    ...(servers.length === 0 ? [] : [nat('ISTIO_OUTPUT', [], { kind: 'jump', chain: 'ISTIO_OUTPUT_DNS' })]),
    ...servers.map((to) => toAgent('tcp', to)),
    ...servers.map((to) => toAgent('udp', to)),
    ...planOwnZones(settings),
    ...planServerZones(servers),
  ];
}

function toAgent(protocol: 'tcp' | 'udp', to: readonly Match[]): Rule {
  const target = { kind: 'redirect', port: AGENT_PORT, protocol } as const;
  return nat('ISTIO_OUTPUT_DNS', [{ kind: 'protocol', protocol }, toDns, ...to], target);
}

function planOwnZones({ proxyUids, proxyGids }: CaptureSettings): readonly Rule[] {
  const owners: readonly Match[] = [
    ...proxyUids.map((id) => ({ kind: 'user' as const, id })),
    ...proxyGids.map((id) => ({ kind: 'group' as const, id })),
  ];
  return owners.flatMap((owner) => [
    raw('ISTIO_OUTPUT_DNS', [udp, toDns, owner], ZONE.servers),
    raw('ISTIO_OUTPUT_DNS', [udp, { kind: 'fromPort', port: AGENT_PORT }, owner], ZONE.application),
  ]);
}

function planServerZones(servers: readonly (readonly [Match] | readonly [])[]): readonly Rule[] {
  if (servers.length === 0) return [];
  const answers: Match = { kind: 'fromPort', port: 53 };
  return [
    { table: 'raw', chain: 'PREROUTING', matches: [], target: { kind: 'jump', chain: 'ISTIO_INBOUND' } },
    ...servers.flatMap(([to]) => [
      raw('ISTIO_OUTPUT_DNS', [udp, toDns, ...(to ? [to] : [])], ZONE.application),
      raw(
        'ISTIO_INBOUND',
        [udp, answers, ...(to?.kind === 'to' ? [{ kind: 'from' as const, cidr: to.cidr }] : [])],
        ZONE.servers,
      ),
    ]),
  ];
}

function raw(chain: string, matches: readonly Match[], zone: number): Rule {
  return { table: 'raw', chain, matches, target: { kind: 'zone', zone } };
}
