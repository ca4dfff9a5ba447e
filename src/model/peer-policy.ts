import { isSelectedBy, keyOf, type Labels, type ObjectKey } from './object.ts';
import type { MtlsMode, PeerAuthentication } from './peer-authentication.ts';

/** What all PeerAuthentications together mean for one workload. Plain data; equal policies of one `PeerPolicies` are the identical value. */
export interface PeerPolicy {
  readonly mode: MtlsMode;
  /** Whose mode it is; absent: nobody said one. */
  readonly decidedBy?: ObjectKey;
  /** Ports of the workload that differ, or are named for their own sake, in ascending order. */
  readonly ports: readonly (readonly [port: number, mode: MtlsMode])[];
  /** The objects that have a say, the narrowest first. */
  readonly origins: readonly ObjectKey[];
}

/** What holds where nobody wrote anything. */
export const PERMISSIVE_POLICY: PeerPolicy = { mode: 'permissive', ports: [], origins: [] };

/** How a port of the workload itself is secured; 0, like any port that the policy does not name, is as the workload is. */
export function findPortMode({ mode, ports }: PeerPolicy, port: number): MtlsMode {
  return ports.find(([number]) => number === port)?.[1] ?? mode;
}

/** Whom a policy is asked for. */
interface PolicySubject {
  readonly namespace: string;
  readonly labels: Labels;
}

/**
 * The PeerAuthentications of a mesh, by whom they are for.
 *
 * Of several for the same workloads, or for all of one namespace, the oldest counts. A narrower one that leaves the mode open inherits it from
 * the next wider one: workload, namespace, mesh, and where nobody says anything both plaintext and mutual TLS are taken. Modes of single ports are
 * taken of the policy for the workload alone. One that selects workloads has no meaning in the root namespace.
 *
 * @see istio pilot/pkg/model/authentication.go `addPeerAuthentication`; pilot/pkg/security/authn/policy_applier.go `ComposePeerAuthentication`
 */
export class PeerPolicies {
  readonly #mesh: PeerAuthentication | undefined;
  readonly #ofNamespace = new Map<string, PeerAuthentication>();
  readonly #ofWorkloads = new Map<string, PeerAuthentication[]>();
  readonly #policies = new Map<PeerAuthentication | undefined, Map<string, PeerPolicy>>();
  /** In which namespaces clients do not try mutual TLS unless a rule tells them to; see `isPlaintext`. */
  readonly plaintext: PlaintextNamespaces;
  /** Whether any workload at all may be one that takes plaintext only. */
  readonly hasPlaintext: boolean;

  /** @param policies In creation order. */
  constructor(policies: readonly PeerAuthentication[], rootNamespace: string) {
    for (const policy of policies) {
      const { namespace } = policy.meta;
      if (policy.selector === undefined) {
        if (!this.#ofNamespace.has(namespace)) this.#ofNamespace.set(namespace, policy);
      } else if (namespace !== rootNamespace) {
        const others = this.#ofWorkloads.get(namespace) ?? [];
        this.#ofWorkloads.set(namespace, others);
        others.push(policy);
      }
    }
    this.#mesh = this.#ofNamespace.get(rootNamespace);
    this.#ofNamespace.delete(rootNamespace);
    this.plaintext = this.#listPlaintext();
    this.hasPlaintext = policies.some(isDisabling);
  }

  /** The policy of one workload. */
  find({ namespace, labels }: PolicySubject): PeerPolicy {
    const own = this.#ofWorkloads.get(namespace)?.find(({ selector }) => selector && isSelectedBy(labels, selector));
    const byNamespace = this.#policies.get(own) ?? new Map<string, PeerPolicy>();
    this.#policies.set(own, byNamespace);
    const known = byNamespace.get(namespace) ?? this.#compose(own, this.#ofNamespace.get(namespace));
    byNamespace.set(namespace, known);
    return known;
  }

  #compose(own: PeerAuthentication | undefined, namespace: PeerAuthentication | undefined): PeerPolicy {
    const levels = [own, namespace, this.#mesh].filter((level) => level !== undefined);
    const decisive = levels.find((level) => level.mode !== undefined);
    const mode = decisive?.mode ?? 'permissive';
    const ports = (own?.ports ?? []).map(([port, written]) => [port, written === 'inherit' ? mode : written] as const);
    if (levels.length === 0) return PERMISSIVE_POLICY;
    const origins = levels.map(({ meta }) => keyOf(meta));
    return { mode, ...(decisive && { decidedBy: keyOf(decisive.meta) }), ports, origins };
  }

  #listPlaintext(): PlaintextNamespaces {
    const isMeshPlaintext = this.#mesh?.mode === 'disable';
    const others = [...this.#ofNamespace.values()]
      .filter(({ mode }) => mode !== undefined && (mode === 'disable') !== isMeshPlaintext)
      .map(({ meta }) => meta.namespace);
    const names = others.sort().map((name) => `${name},`);
    if (isMeshPlaintext) return `!,${names.join('')}`;
    return names.length === 0 ? NO_PLAINTEXT : `,${names.join('')}`;
  }
}

/**
 * The namespaces whose workloads take plaintext only as long as no narrower policy says otherwise, which is all that clusters look at. A text, so
 * that whatever is made of it is made again only when it differs: names between commas, all other namespaces behind `!`.
 * @see istio pilot/pkg/model/push_context.go `BestEffortInferServiceMTLSMode`
 */
export type PlaintextNamespaces = string;

/** None of them. */
export const NO_PLAINTEXT: PlaintextNamespaces = '';

/** Whether clients go by plaintext for the services of a namespace. */
export function isPlaintext(namespaces: PlaintextNamespaces, namespace: string): boolean {
  return namespaces.includes(`,${namespace},`) !== namespaces.startsWith('!');
}

function isDisabling({ mode, ports }: PeerAuthentication): boolean {
  return mode === 'disable' || ports.some(([, own]) => own === 'disable');
}
