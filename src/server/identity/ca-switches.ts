import type { KeyChoice } from '../../ca/root-certificate.ts';
import { findWaitMs } from '../../config/schema/duration.ts';
import { duration, findBoolean, flag, type Switch } from '../features.ts';

type Env = Readonly<Record<string, string | undefined>>;

const text = (summary: string, absent: string): Switch<string> => ({
  summary,
  absent,
  parse: (value) => value,
  expected: 'text',
});

const wholeNumber = (summary: string, absent: string, least: number, most: number): Switch<number> => ({
  summary,
  absent,
  parse: (value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most ? Number(value) : undefined,
  expected: `a whole number from ${least} to ${most}`,
});

/**
 * The environment variables that the certificate authority and the TLS port read.
 * @see istio pilot/pkg/bootstrap/istio_ca.go, pilot/pkg/features
 */
export const caSwitches = {
  ENABLE_CA_SERVER: flag('Workloads get certificates here.', 'true'),
  ROOT_CA_DIR: text("Folder of a plugged-in authority's files.", './etc/cacerts'),
  USE_CACERTS_FOR_SELF_SIGNED_CA: flag('A root of our own lies in the Secret `cacerts`.', 'false'),
  CITADEL_SELF_SIGNED_CA_CERT_TTL: duration('Life of a root of our own.', '87600h'),
  CITADEL_SELF_SIGNED_CA_RSA_KEY_SIZE: wholeNumber("Bits of such a root's RSA key.", '2048', 2048, 8192),
  PILOTHOUSE_CA_KEY: {
    summary: "Type of such a root's key: `RSA`, `P-256` or `P-384`.",
    absent: 'RSA',
    parse: (value) => (value === 'RSA' || value === 'P-256' || value === 'P-384' ? value : undefined),
    expected: 'RSA, P-256 or P-384',
  } satisfies Switch<'RSA' | 'P-256' | 'P-384'>,
  CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL: duration('How often its remaining life is looked at; 0 never.', '1h'),
  CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE: wholeNumber(
    'It is renewed when so many hundredths of its life remain.',
    '20',
    0,
    100,
  ),
  CITADEL_ENABLE_JITTER_FOR_ROOT_CERT_ROTATOR: flag('The first look comes at a random moment.', 'true'),
  DEFAULT_WORKLOAD_CERT_TTL: duration('Life of a certificate whose request does not say.', '24h'),
  MAX_WORKLOAD_CERT_TTL: duration('The longest life that a workload may ask for.', '2160h'),
  TOKEN_AUDIENCES: text('Audiences of tokens that are taken.', 'istio-ca'),
  CA_TRUSTED_NODE_ACCOUNTS: text('Node agents (`namespace/account`) that may speak for the pods of their node.', ''),
  ISTIOD_CUSTOM_HOST: text('More DNS names of the control plane.', ''),
  XDS_AUTH: flag('Streams over TLS prove an identity.', 'true'),
  PILOT_ENABLE_XDS_IDENTITY_CHECK: flag(
    "A proxy's identity must be of the namespace and service account that its node claims.",
    'true',
  ),
} as const;

/** What the environment says of the certificate authority. */
export interface CaSettings {
  readonly isEnabled: boolean;
  readonly rootDir: string;
  /** Whether a root of our own lies where operators plug in theirs. */
  readonly usesCacerts: boolean;
  readonly rootTtlMs: number;
  readonly rootKey: KeyChoice;
  readonly checkEveryMs: number;
  readonly gracePercent: number;
  readonly isFirstCheckRandom: boolean;
  readonly defaultTtlMs: number;
  readonly maxTtlMs: number;
  readonly audiences: readonly string[];
  readonly trustedAccounts: readonly string[];
  readonly customHosts: readonly string[];
  readonly isXdsAuthenticated: boolean;
  readonly checksIdentity: boolean;
  /** Variables whose values make no sense: their defaults hold. */
  readonly problems: readonly string[];
}

/** Reads the switches, once, out of the environment of the process. */
export function readCaSettings(env: Env): CaSettings {
  const problems: string[] = [];
  const read = <T>(name: keyof typeof caSwitches, { parse, expected, absent }: Switch<T>, fallback: T): T => {
    const given = env[name]?.trim();
    if (given === undefined || given === '') return fallback;
    const value = parse(given);
    if (value === undefined) problems.push(`${name} is "${given}", expected ${expected}: its default holds, ${absent}`);
    return value ?? fallback;
  };
  const is = (name: FlagName) => read(name, caSwitches[name], findBoolean(caSwitches[name].absent) ?? false);
  const ms = (name: DurationName) => read(name, caSwitches[name], findWaitMs(caSwitches[name].absent) ?? 0);
  const list = (name: 'TOKEN_AUDIENCES' | 'CA_TRUSTED_NODE_ACCOUNTS' | 'ISTIOD_CUSTOM_HOST') =>
    splitList(read(name, caSwitches[name], caSwitches[name].absent));
  const keyType = read('PILOTHOUSE_CA_KEY', caSwitches.PILOTHOUSE_CA_KEY, 'RSA');
  const bitsSwitch = caSwitches.CITADEL_SELF_SIGNED_CA_RSA_KEY_SIZE;
  const graceSwitch = caSwitches.CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE;
  const bits = read('CITADEL_SELF_SIGNED_CA_RSA_KEY_SIZE', bitsSwitch, Number(bitsSwitch.absent));
  return {
    isEnabled: is('ENABLE_CA_SERVER'),
    rootDir: read('ROOT_CA_DIR', caSwitches.ROOT_CA_DIR, caSwitches.ROOT_CA_DIR.absent),
    usesCacerts: is('USE_CACERTS_FOR_SELF_SIGNED_CA'),
    rootTtlMs: ms('CITADEL_SELF_SIGNED_CA_CERT_TTL'),
    rootKey: keyType === 'RSA' ? { type: 'rsa', bits } : { type: 'ec', curve: keyType },
    checkEveryMs: ms('CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL'),
    gracePercent: read(
      'CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE',
      graceSwitch,
      Number(graceSwitch.absent),
    ),
    isFirstCheckRandom: is('CITADEL_ENABLE_JITTER_FOR_ROOT_CERT_ROTATOR'),
    defaultTtlMs: ms('DEFAULT_WORKLOAD_CERT_TTL'),
    maxTtlMs: ms('MAX_WORKLOAD_CERT_TTL'),
    // A token is always for somebody: without an audience of ours, those for anybody else would do.
    audiences: orElse(list('TOKEN_AUDIENCES'), [caSwitches.TOKEN_AUDIENCES.absent]),
    trustedAccounts: list('CA_TRUSTED_NODE_ACCOUNTS'),
    customHosts: list('ISTIOD_CUSTOM_HOST'),
    isXdsAuthenticated: is('XDS_AUTH'),
    checksIdentity: is('PILOT_ENABLE_XDS_IDENTITY_CHECK'),
    problems,
  };
}

type SwitchesOf<T> = {
  [K in keyof typeof caSwitches]: (typeof caSwitches)[K] extends Switch<T> ? K : never;
}[keyof typeof caSwitches];
type FlagName = SwitchesOf<boolean>;
type DurationName = Exclude<
  SwitchesOf<number>,
  'CITADEL_SELF_SIGNED_CA_RSA_KEY_SIZE' | 'CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE'
>;

function orElse<T>(given: readonly T[], absent: readonly T[]): readonly T[] {
  return given.length > 0 ? given : absent;
}

function splitList(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
