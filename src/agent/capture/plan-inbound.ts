import type { Family, Match, Rule } from './rule.ts';
import type { CaptureSettings } from './settings.ts';
import { isTo, mangle, nat, tcp, toSelf } from './words.ts';

/** Traffic from outside: redirected to the proxy, or diverted to it with its addresses left alone. */
export function planInbound(settings: CaptureSettings, family: Family): readonly Rule[] {
  const { inboundPorts, inboundPortsExcluded, mode } = settings;
  if (inboundPorts !== '*' && inboundPorts.length === 0) return [];
  const rule = mode === 'TPROXY' ? mangle : nat;
  const capture = mode === 'TPROXY' ? captureByTproxy : captureByRedirect;
  return [
    ...(mode === 'TPROXY' ? planDiversion(settings, family) : []),
    rule('PREROUTING', [tcp], { kind: 'jump', chain: 'ISTIO_INBOUND' }),
    ...(inboundPorts === '*'
      ? [
          ...inboundPortsExcluded.map((port) =>
            rule('ISTIO_INBOUND', [tcp, { kind: 'toPort', port }], { kind: 'return' }),
          ),
          ...capture([]),
        ]
      : inboundPorts.flatMap((port) => capture([{ kind: 'toPort', port }]))),
  ];
}

/** A marked packet is routed to the loopback device, where the proxy's transparent socket takes it. */
function planDiversion(settings: CaptureSettings, family: Family): readonly Rule[] {
  const { tproxyMark: mark, inboundPort: port } = settings;
  return [
    mangle('ISTIO_DIVERT', [], { kind: 'setMark', mark }),
    mangle('ISTIO_DIVERT', [], { kind: 'accept' }),
    mangle('ISTIO_TPROXY', [isTo(toSelf(settings, family), true), tcp], { kind: 'tproxy', port, mark }),
  ];
}

function captureByRedirect(matches: readonly Match[]): readonly Rule[] {
  return [nat('ISTIO_INBOUND', [tcp, ...matches], { kind: 'jump', chain: 'ISTIO_IN_REDIRECT' })];
}

/** What belongs to a connection that the proxy has already goes to it without being looked up again. */
function captureByTproxy(matches: readonly Match[]): readonly Rule[] {
  const known: Match = { kind: 'state', states: ['RELATED', 'ESTABLISHED'] };
  return [
    mangle('ISTIO_INBOUND', [tcp, ...matches, known], { kind: 'jump', chain: 'ISTIO_DIVERT' }),
    mangle('ISTIO_INBOUND', [tcp, ...matches], { kind: 'jump', chain: 'ISTIO_TPROXY' }),
  ];
}
