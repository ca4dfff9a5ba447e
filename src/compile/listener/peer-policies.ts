import type { InboundScope } from '../../model/inbound-scope.ts';
import type { ObjectKey } from '../../model/object.ts';
import { type CompileNote, NO_NOTES } from '../note.ts';
import type { ListenerSettings } from './settings.ts';

/**
 * Ports that a policy secures in a way of their own and that have no chains yet: nothing declares them. Ascending; never the capture port, where
 * every connection is one that the proxy made to itself.
 * @see istio pilot/pkg/security/authn/policy_applier.go `needPerPortPassthroughFilterChain`
 */
export function listPolicyPorts(
  { peers, sidecar, targets }: InboundScope,
  settings: ListenerSettings,
): readonly number[] {
  const named = peers?.ports ?? [];
  if (named.length === 0) return [];
  const ingress = sidecar?.ingress ?? [];
  const declared =
    ingress.length > 0 ? ingress.map(({ port }) => port.number) : targets.map(({ targetPort }) => targetPort);
  return named.map(([port]) => port).filter((port) => port !== settings.inboundPort && !declared.includes(port));
}

/** Tells of policies that plaintext is refused by, where the proxy can take nothing else. */
export function listPolicyNotes({ peers }: InboundScope, { identity }: ListenerSettings): readonly CompileNote[] {
  if (identity !== 'none' || peers === undefined) return NO_NOTES;
  const [narrowest] = peers.origins;
  const ports = peers.ports.flatMap(([port, mode]) => (mode === 'strict' ? [port] : []));
  if (peers.mode === 'strict' && peers.decidedBy) return [toNote(peers.decidedBy, 'mutual TLS')];
  if (ports.length > 0 && narrowest) return [toNote(narrowest, `mutual TLS on port ${ports.join(', ')}`)];
  return NO_NOTES;
}

function toNote(object: ObjectKey, what: string): CompileNote {
  const because = `${what} is a must for a workload whose proxy has no certificate: it goes on taking plaintext`;
  return {
    object,
    code: 'PEER_POLICY_WITHOUT_IDENTITY',
    message: because,
    fate: { kind: 'partly-applied', because },
  };
}
