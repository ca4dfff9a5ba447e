import { parseSpiffeId } from '../../ca/spiffe.ts';
import { findBoolean, flag, type Switch } from '../features.ts';
import type { DebugContext } from './debug-context.ts';

/** Pages about one proxy: its neighbours in the namespace may see them. */
const OWN_PAGES: ReadonlySet<string> = new Set(['config_dump', 'edsz', 'ndsz']);

/** Who may see the debug pages from elsewhere. */
export interface DebugPolicy {
  /** Namespace of the control plane: whoever runs it sees everything. */
  readonly systemNamespace: string;
  /** `DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES`: more such namespaces. */
  readonly allowedNamespaces: readonly string[];
  /** `ENABLE_DEBUG_ENDPOINT_AUTH`: turned off, any proved identity sees everything. */
  readonly isStrict: boolean;
}

/** What somebody wants to see. */
export interface DebugDemand {
  /** What was proved: SPIFFE ids. */
  readonly identities: readonly string[];
  /** The page's name. */
  readonly page: string;
  /** The proxy that it is about, as in `?proxyID=`. */
  readonly proxyID: string | null;
}

/**
 * Whether somebody may see a page: everything from the namespaces of operators; from any other, pages about the proxies of that namespace.
 * @see Istio pilot/pkg/xds/debug.go
 */
export function mayDebug(policy: DebugPolicy, demand: DebugDemand, context: DebugContext): boolean {
  const { identities, page, proxyID } = demand;
  const namespaces = identities.flatMap((identity) => parseSpiffeId(identity)?.namespace ?? []);
  if (namespaces.length === 0) return false;
  const operators = [policy.systemNamespace, ...policy.allowedNamespaces];
  if (!policy.isStrict || namespaces.some((namespace) => operators.includes(namespace))) return true;
  if (!OWN_PAGES.has(page) || !proxyID) return false;
  // The very proxy that the page will show: the first whose connection is meant.
  const stream = context.streams().find(({ id }) => id.includes(proxyID));
  const namespace = stream && context.findProxy(stream.id)?.facts.namespace;
  return namespace !== undefined && namespaces.includes(namespace);
}

/** The environment variables that say so. */
export const debugSwitches = {
  ENABLE_DEBUG_ENDPOINT_AUTH: flag(
    'Debug pages are for operators, from elsewhere; turned off, for any identity.',
    'true',
  ),
  DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES: {
    summary: 'Namespaces of operators beside that of the control plane.',
    absent: '',
    parse: (value) => value.split(',').flatMap((name) => name.trim() || []),
    expected: 'names, with commas between them',
  } satisfies Switch<readonly string[]>,
} as const;

/** Reads the policy out of the environment. */
export function readDebugPolicy(
  env: Readonly<Record<string, string | undefined>>,
  systemNamespace: string,
): DebugPolicy {
  const { DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES: list = '', ENABLE_DEBUG_ENDPOINT_AUTH: isOn = '' } = env;
  return {
    systemNamespace,
    allowedNamespaces: debugSwitches.DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES.parse(list),
    // What cannot be read opens nothing.
    isStrict: findBoolean(isOn.trim()) ?? true,
  };
}
