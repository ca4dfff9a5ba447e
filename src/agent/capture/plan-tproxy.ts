import type { Family, Match, Rule } from './rule.ts';
import type { CaptureSettings } from './settings.ts';
import { isTo, mangle, PASSTHROUGH_SOURCE, tcp, toSelf } from './words.ts';

/** On what the proxy sends to its own pod, so that it is told from what the application sends to itself. */
const OUTBOUND_MARK = 1338;

/** With the addresses left alone, marks keep packets between proxy and application from going round in circles. */
export function planTproxyMarks(settings: CaptureSettings, family: Family): readonly Rule[] {
  const { tproxyMark: mark } = settings;
  const lo: Match = { kind: 'out', device: 'lo' };
  const fromLo: Match = { kind: 'in', device: 'lo' };
  const owners: readonly Match[] = [
    ...settings.proxyUids.map((id) => ({ kind: 'user' as const, id })),
    ...settings.proxyGids.map((id) => ({ kind: 'group' as const, id })),
  ];
  return [
    mangle('PREROUTING', [tcp, { kind: 'mark', mark }], { kind: 'saveMark' }),
    mangle('OUTPUT', [tcp, lo, { kind: 'mark', mark }], { kind: 'return' }),
    ...owners.map((owner) =>
      mangle('OUTPUT', [isTo(toSelf(settings, family), true), tcp, lo, owner], {
        kind: 'setMark',
        mark: OUTBOUND_MARK,
      }),
    ),
    mangle('OUTPUT', [tcp, { kind: 'connectionMark', mark }], { kind: 'restoreMark' }),
    mangle('ISTIO_INBOUND', [tcp, { kind: 'mark', mark }], { kind: 'return' }, 1),
    mangle('ISTIO_INBOUND', [tcp, { kind: 'from', cidr: PASSTHROUGH_SOURCE[family] }, fromLo], { kind: 'return' }, 2),
    mangle('ISTIO_INBOUND', [tcp, fromLo, { kind: 'mark', mark: OUTBOUND_MARK, not: true }], { kind: 'return' }, 3),
  ];
}
