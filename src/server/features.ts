import { distance } from 'fastest-levenshtein';
import { findWaitMs } from '../config/schema/duration.ts';
import { type CompliancePolicy, DEFAULT_FEATURES, type MeshFeatures } from '../model/mesh-features.ts';

/** What one of istiod's environment variables sets here. */
export interface Switch<T> {
  /** What the variable does, for `docs/flags.md`. */
  readonly summary: string;
  /** Its default, as istiod writes it. */
  readonly absent: string;
  readonly parse: (text: string) => T | undefined;
  /** What it takes, for people. */
  readonly expected: string;
}

/** Changes to what the control plane does by itself. */
export interface Features {
  readonly mesh: MeshFeatures;
  /** How long changes are gathered, where somebody says so. Milliseconds. */
  readonly debounceAfterMs?: number;
  readonly debounceMaxMs?: number;
  /** Whether network gateways that are known by name are resolved here, where somebody says so; they are. */
  readonly resolvesGateways?: boolean;
  /** How long a remote cluster is waited for at the start, where somebody says so. Milliseconds. */
  readonly remoteTimeoutMs?: number;
  /** The largest request of a proxy that is taken in, where somebody says so. Bytes. */
  readonly maxRequestBytes?: number;
}

/** What was found in an environment. */
export interface FeatureReading {
  readonly features: Features;
  /** Variables whose values make no sense: their defaults hold. */
  readonly problems: readonly string[];
  /** Variables that istiod reads, and nothing here acts on. */
  readonly idle: readonly string[];
}

export const flag = (summary: string, absent: 'true' | 'false'): Switch<boolean> => ({
  summary,
  absent,
  parse: findBoolean,
  expected: 'true or false',
});

export const duration = (summary: string, absent: string): Switch<number> => ({
  summary,
  absent,
  parse: findWaitMs,
  expected: 'a duration such as 100ms',
});

/**
 * The environment variables of istiod that change what proxies are sent, or when.
 * @see istio pilot/pkg/features
 */
export const featureSwitches = {
  COMPLIANCE_POLICY: {
    summary: 'Bounds versions, ciphers and curves of all TLS that proxies speak: `fips-140-2` or `pqc`.',
    absent: '',
    parse: findCompliance,
    expected: 'fips-140-2 or pqc',
  } satisfies Switch<CompliancePolicy>,
  PILOT_SKIP_VALIDATE_TRUST_DOMAIN: flag(
    'Mutual TLS is taken from any trust domain that the roots vouch for.',
    'false',
  ),
  PILOT_SCOPE_GATEWAY_TO_NAMESPACE: flag('A Gateway selects workloads of its own namespace only.', 'false'),
  PILOT_HTTP10: flag('Every listener takes HTTP/1.0.', 'false'),
  PILOT_SIDECAR_USE_REMOTE_ADDRESS: flag("A sidecar's outbound side believes the address it sees.", 'false'),
  PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES: flag('Sidecars balance headless services of Kubernetes themselves.', 'false'),
  PILOT_SEND_UNHEALTHY_ENDPOINTS: flag('Proxies always hear of unhealthy endpoints, and never panic.', 'false'),
  PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: flag(
    'Proxies hear of unhealthy endpoints unless outlier detection has a `minHealthPercent`.',
    'true',
  ),
  PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN: flag('Virtual hosts also have names with a dot at the end.', 'true'),
  ENABLE_LOCALITY_WEIGHTED_LB_CONFIG: flag('Localities are weighted whether or not a setting asks for it.', 'false'),
  PILOT_ENABLE_HEADLESS_FILTER_CHAIN_LISTENER: flag(
    'The endpoints of a headless TCP service share a listener, instead of having one each.',
    'false',
  ),
  PILOT_ENABLE_MONGO_FILTER: flag('The Mongo protocol is read for its statistics.', 'true'),
  DISABLE_SHADOW_HOST_SUFFIX: flag('Copies of requests keep their host, without `-shadow`.', 'true'),
  MAX_CONNECTIONS_PER_SOCKET_EVENT_LOOP: {
    summary: 'Connections that a listener accepts before it turns to others; 0 leaves it to Envoy.',
    absent: '1',
    parse: findCount,
    expected: 'a whole number',
  } satisfies Switch<number>,
  PILOT_GATEWAY_TRANSPORT_SOCKET_CONNECT_TIMEOUT: duration(
    'How long a client may take to set TLS up, at gateways and on the outbound side; 0s is for ever.',
    '15s',
  ),
  ISTIO_DUAL_STACK: flag(
    'A Pod of two address families is one endpoint, with both of its addresses; so are Services for proxies of both.',
    'false',
  ),
  PILOT_DEBOUNCE_AFTER: duration(
    'Changes are gathered until so long nothing changed. Where it is not set, 25 ms are enough here.',
    '100ms',
  ),
  PILOT_DEBOUNCE_MAX: duration(
    'Changes are gathered for no longer than this. Where it is not set, 1 s is enough here.',
    '10s',
  ),
  RESOLVE_HOSTNAME_GATEWAYS: flag('DNS is asked for network gateways that are known by name.', 'true'),
  PILOT_REMOTE_CLUSTER_TIMEOUT: duration(
    'How long a remote cluster may take to tell what it has before the mesh is served without it.',
    '30s',
  ),
  // The letters of its first word are in istiod's order.
  ISTIO_GPRC_MAXRECVMSGSIZE: {
    summary: 'The largest request of a proxy that is taken in, in bytes.',
    absent: '4194304',
    parse: findSize,
    expected: 'a whole number of bytes, 1 or more',
  } satisfies Switch<number>,
} as const;

type SwitchName = keyof typeof featureSwitches;

type Env = Readonly<Record<string, string | undefined>>;

/** Reads the switches, once, out of the environment of the process. */
export function readFeatures(env: Env): FeatureReading {
  const problems: string[] = [];
  const read = <T>(name: SwitchName, { parse, expected, absent }: Switch<T>): T | undefined => {
    const text = env[name];
    if (text === undefined || text === '') return undefined;
    const value = parse(text.trim());
    if (value === undefined) problems.push(`${name} is "${text}", expected ${expected}: its default holds, ${absent}`);
    return value;
  };
  const switches = featureSwitches;
  const debounceAfterMs = read('PILOT_DEBOUNCE_AFTER', switches.PILOT_DEBOUNCE_AFTER);
  const debounceMaxMs = read('PILOT_DEBOUNCE_MAX', switches.PILOT_DEBOUNCE_MAX);
  const resolvesGateways = read('RESOLVE_HOSTNAME_GATEWAYS', switches.RESOLVE_HOSTNAME_GATEWAYS);
  const remoteTimeoutMs = read('PILOT_REMOTE_CLUSTER_TIMEOUT', switches.PILOT_REMOTE_CLUSTER_TIMEOUT);
  const maxRequestBytes = read('ISTIO_GPRC_MAXRECVMSGSIZE', switches.ISTIO_GPRC_MAXRECVMSGSIZE);
  const features: Features = {
    mesh: readMesh(read),
    ...(debounceAfterMs !== undefined && { debounceAfterMs }),
    ...(debounceMaxMs !== undefined && { debounceMaxMs }),
    ...(resolvesGateways !== undefined && { resolvesGateways }),
    ...(remoteTimeoutMs !== undefined && { remoteTimeoutMs }),
    ...(maxRequestBytes !== undefined && { maxRequestBytes }),
  };
  return { features, problems, idle: listIdle(env) };
}

type Read = <T>(name: SwitchName, what: Switch<T>) => T | undefined;

function readMesh(read: Read): MeshFeatures {
  const is = (name: FlagName, absent: boolean) => read(name, featureSwitches[name]) ?? absent;
  const defaults = DEFAULT_FEATURES;
  const always = is('PILOT_SEND_UNHEALTHY_ENDPOINTS', false);
  const auto = is('PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS', true);
  return {
    compliance: read('COMPLIANCE_POLICY', featureSwitches.COMPLIANCE_POLICY) ?? defaults.compliance,
    checksTrustDomain: !is('PILOT_SKIP_VALIDATE_TRUST_DOMAIN', !defaults.checksTrustDomain),
    scopeGatewaysToNamespace: is('PILOT_SCOPE_GATEWAY_TO_NAMESPACE', defaults.scopeGatewaysToNamespace),
    http10: is('PILOT_HTTP10', defaults.http10),
    sidecarUsesRemoteAddress: is('PILOT_SIDECAR_USE_REMOTE_ADDRESS', defaults.sidecarUsesRemoteAddress),
    edsForHeadless: is('PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES', defaults.edsForHeadless),
    sendUnhealthy: always ? 'always' : auto ? 'auto' : 'never',
    absoluteDomains: is('PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN', defaults.absoluteDomains),
    localityWeighted: is('ENABLE_LOCALITY_WEIGHTED_LB_CONFIG', defaults.localityWeighted),
    headlessChains: is('PILOT_ENABLE_HEADLESS_FILTER_CHAIN_LISTENER', defaults.headlessChains),
    mongoFilter: is('PILOT_ENABLE_MONGO_FILTER', defaults.mongoFilter),
    shadowHostSuffix: !is('DISABLE_SHADOW_HOST_SUFFIX', !defaults.shadowHostSuffix),
    acceptsPerEvent:
      read('MAX_CONNECTIONS_PER_SOCKET_EVENT_LOOP', featureSwitches.MAX_CONNECTIONS_PER_SOCKET_EVENT_LOOP) ??
      defaults.acceptsPerEvent,
    transportConnectTimeoutMs:
      read(
        'PILOT_GATEWAY_TRANSPORT_SOCKET_CONNECT_TIMEOUT',
        featureSwitches.PILOT_GATEWAY_TRANSPORT_SOCKET_CONNECT_TIMEOUT,
      ) ?? defaults.transportConnectTimeoutMs,
    dualStack: is('ISTIO_DUAL_STACK', defaults.dualStack),
  };
}

type FlagName = {
  [K in SwitchName]: (typeof featureSwitches)[K] extends Switch<boolean> ? K : never;
}[SwitchName];

/** So many letters may differ in a name that was meant to be another. */
const LIKELY_SLIPS = 2;

/** The TLS port reads them, and what writes to the API server. */
const READ_ELSEWHERE = ['PILOT_ENABLE_XDS_IDENTITY_CHECK', 'PILOT_ENABLE_STATUS', 'PILOT_STATUS_MAX_WORKERS'];

/** Variables that look like istiod's; one that may be a slip of the pen says of which. */
function listIdle(env: Env): readonly string[] {
  const known = [...Object.keys(featureSwitches), ...READ_ELSEWHERE];
  return Object.keys(env)
    .filter((name) => name.startsWith('PILOT_') && !known.includes(name))
    .sort()
    .map((name) => {
      const similar = known.find((other) => distance(name, other) <= LIKELY_SLIPS);
      return similar === undefined ? name : `${name} (did you mean ${similar}?)`;
    });
}

/** As Go reads them. */
export function findBoolean(text: string): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}

function findCompliance(text: string): CompliancePolicy | undefined {
  return text === 'fips-140-2' || text === 'pqc' ? text : undefined;
}

function findCount(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Nothing and less than nothing would shut every proxy out, or none. */
function findSize(text: string): number | undefined {
  return findCount(text) || undefined;
}
