import { planDns } from './plan-dns.ts';
import { planInbound } from './plan-inbound.ts';
import { planTproxyMarks } from './plan-tproxy.ts';
import type { Family, Match, Rule } from './rule.ts';
import type { CaptureSettings, Cidr } from './settings.ts';
import { isTo, nat, PASSTHROUGH_SOURCE, tcp, toSelf } from './words.ts';

/**
 * The rules that send a pod's traffic through its proxy, in the order in which they are added.
 * @see istio tools/istio-iptables/pkg/capture/run.go
 */
export function planCapture(settings: CaptureSettings, family: Family): readonly Rule[] {
  return [
    ...planExcludedInterfaces(settings),
    ...settings.virtualInterfaces.map((device) => nat('PREROUTING', [{ kind: 'in', device }], { kind: 'return' }, 1)),
    ...(settings.dropsInvalid ? planDrops() : []),
    ...planTargets(settings),
    ...planInbound(settings, family),
    ...planOutbound(settings, family),
    ...(settings.mode === 'TPROXY' ? planTproxyMarks(settings, family) : []),
  ];
}

function planExcludedInterfaces({ interfacesExcluded, mode }: CaptureSettings): readonly Rule[] {
  const tables = mode === 'TPROXY' ? (['nat', 'mangle'] as const) : (['nat'] as const);
  return tables.flatMap((table) =>
    interfacesExcluded.flatMap((device): Rule[] => [
      { table, chain: 'PREROUTING', matches: [{ kind: 'in', device }], target: { kind: 'return' } },
      { table, chain: 'OUTPUT', matches: [{ kind: 'out', device }], target: { kind: 'return' } },
    ]),
  );
}

/** Packets outside of a connection's window: dropped, for a reset would end the connection. */
function planDrops(): readonly Rule[] {
  const matches: Match[] = [{ kind: 'state', states: ['INVALID'] }];
  return [
    { table: 'mangle', chain: 'PREROUTING', matches, target: { kind: 'jump', chain: 'ISTIO_DROP' } },
    { table: 'mangle', chain: 'ISTIO_DROP', matches: [], target: { kind: 'drop' } },
  ];
}

function planTargets({ proxyPort, inboundPort, tunnelPort }: CaptureSettings): readonly Rule[] {
  return [
    nat('ISTIO_INBOUND', [tcp, { kind: 'toPort', port: tunnelPort }], { kind: 'return' }),
    nat('ISTIO_REDIRECT', [tcp], { kind: 'redirect', port: proxyPort, protocol: 'tcp' }),
    nat('ISTIO_IN_REDIRECT', [tcp], { kind: 'redirect', port: inboundPort, protocol: 'tcp' }),
  ];
}

function planOutbound(settings: CaptureSettings, family: Family): readonly Rule[] {
  return [
    nat('OUTPUT', [], { kind: 'jump', chain: 'ISTIO_OUTPUT' }),
    ...settings.outboundPortsExcluded.flatMap((port) =>
      (['tcp', 'udp'] as const).map((protocol) =>
        output(
          [
            { kind: 'protocol', protocol },
            { kind: 'toPort', port },
          ],
          { kind: 'return' },
        ),
      ),
    ),
    output(
      [
        { kind: 'out', device: 'lo' },
        { kind: 'from', cidr: PASSTHROUGH_SOURCE[family] },
      ],
      { kind: 'return' },
    ),
    ...settings.proxyUids.flatMap((id) => planProxy(settings, family, { kind: 'user', id })),
    ...settings.proxyGids.flatMap((id) => planProxy(settings, family, { kind: 'group', id })),
    ...planOwnerGroups(settings),
    ...planDns(settings, family),
    output([isTo(toSelf(settings, family))], { kind: 'return' }),
    ...ofFamily(settings.outboundRangesExcluded, family).map(({ text }) => output([isTo(text)], { kind: 'return' })),
    ...settings.outboundPorts.map((port) => output([tcp, { kind: 'toPort', port }], toProxy)),
    ...planOutboundRanges(settings, family),
  ];
}

/** What the proxy itself sends, and what the application sends to itself. */
function planProxy(
  settings: CaptureSettings,
  family: Family,
  owner: Match & { kind: 'user' | 'group' },
): readonly Rule[] {
  const { dns, tunnelPort, outboundRanges } = settings;
  const isCapturingLoopback = outboundRanges !== '*' && outboundRanges.some(({ isLoopback }) => isLoopback);
  const others: Match = { ...owner, not: true };
  const lo: Match = { kind: 'out', device: 'lo' };
  // Only for the user is DNS left out too; Istio's rules say so, and they are what people compare with.
  const exceptPorts: Match =
    dns !== undefined && owner.kind === 'user'
      ? { kind: 'toPorts', ports: [53, tunnelPort], not: true }
      : { kind: 'toPort', port: tunnelPort, not: true };
  const exceptDns: readonly Match[] = dns === undefined ? [] : [tcp, { kind: 'toPort', port: 53, not: true }];
  return [
    // The application calls its own service: in through the proxy again.
    output([lo, isTo(toSelf(settings, family), true), tcp, exceptPorts, owner], {
      kind: 'jump',
      chain: 'ISTIO_IN_REDIRECT',
    }),
    // The application calls its own endpoint: nobody is between.
    ...(isCapturingLoopback ? [] : [output([lo, ...exceptDns, others], { kind: 'return' })]),
    output([owner], { kind: 'return' }),
  ];
}

function planOwnerGroups({ ownerGroups, ownerGroupsExcluded }: CaptureSettings): readonly Rule[] {
  if (ownerGroups === '*') return ownerGroupsExcluded.map((id) => output([{ kind: 'group', id }], { kind: 'return' }));
  return [
    output(
      ownerGroups.map((id) => ({ kind: 'group', id, not: true })),
      { kind: 'return' },
    ),
  ];
}

function planOutboundRanges(settings: CaptureSettings, family: Family): readonly Rule[] {
  const { outboundRanges, virtualInterfaces } = settings;
  const fromVirtual = (to: readonly Match[]) =>
    virtualInterfaces.map((device) => nat('PREROUTING', [{ kind: 'in', device }, ...to], toProxy, 1));
  if (outboundRanges === '*') return [output([], toProxy), ...fromVirtual([])];
  return ofFamily(outboundRanges, family).flatMap(({ text }) => [
    ...fromVirtual([isTo(text)]),
    output([isTo(text)], toProxy),
  ]);
}

const toProxy = { kind: 'jump', chain: 'ISTIO_REDIRECT' } as const;

function output(matches: readonly Match[], target: Rule['target']): Rule {
  return nat('ISTIO_OUTPUT', matches, target);
}

function ofFamily(ranges: readonly Cidr[], family: Family): readonly Cidr[] {
  return ranges.filter((range) => range.family === family);
}
