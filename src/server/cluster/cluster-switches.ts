import { findBoolean, flag, type Switch } from '../features.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The environment variables that say what is written to the API server.
 * @see istio pilot/pkg/features, pilot/pkg/bootstrap/webhook.go
 */
export const clusterSwitches = {
  ENABLE_LEADER_ELECTION: flag('Of several replicas one does what one has to do; else each does it at once.', 'true'),
  PILOT_ENABLE_STATUS: flag('Objects of the mesh are told in their status what became of them. Here, on.', 'false'),
  PILOT_STATUS_MAX_WORKERS: {
    summary: 'Statuses that are written at a time. Here, no more than 8.',
    absent: '100',
    parse: (value) => (/^[1-9]\d{0,3}$/.test(value) ? Number(value) : undefined),
    expected: 'a whole number, 1 or more',
  } satisfies Switch<number>,
  PILOT_ENABLE_CA_CRL: flag('The ConfigMap `istio-ca-crl` is kept in every namespace.', 'true'),
  VALIDATION_WEBHOOK_CONFIG_NAME: {
    summary: 'Empty, validating webhook configurations are left alone.',
    absent: 'istio-istio-system',
    parse: (value) => value,
    expected: 'text',
  } satisfies Switch<string>,
  INJECTION_WEBHOOK_CONFIG_NAME: {
    summary: 'Empty, mutating webhook configurations are left alone.',
    absent: 'istio-sidecar-injector',
    parse: (value) => value,
    expected: 'text',
  } satisfies Switch<string>,
} as const;

/** What the environment says of writing to the API server. */
export interface ClusterSettings {
  readonly elects: boolean;
  readonly writesStatus: boolean;
  readonly statusWorkers: number;
  readonly publishesRevocations: boolean;
  readonly keepsValidation: boolean;
  readonly keepsInjection: boolean;
  /** Variables whose values make no sense: their defaults hold. */
  readonly problems: readonly string[];
}

/** More would be felt by the API server before it was felt by anybody else. */
const MAX_WORKERS = 8;

/** Reads the switches, once, out of the environment of the process. */
export function readClusterSettings(env: Env): ClusterSettings {
  const problems: string[] = [];
  const read = <T>(name: keyof typeof clusterSwitches, parse: (text: string) => T | undefined, fallback: T): T => {
    const text = env[name]?.trim() ?? '';
    if (text === '') return fallback;
    const value = parse(text);
    const { expected } = clusterSwitches[name];
    if (value === undefined) problems.push(`${name} is "${text}", expected ${expected}: its default holds`);
    return value ?? fallback;
  };
  const workers = read('PILOT_STATUS_MAX_WORKERS', clusterSwitches.PILOT_STATUS_MAX_WORKERS.parse, MAX_WORKERS);
  return {
    elects: read('ENABLE_LEADER_ELECTION', findBoolean, true),
    writesStatus: read('PILOT_ENABLE_STATUS', findBoolean, true),
    publishesRevocations: read('PILOT_ENABLE_CA_CRL', findBoolean, true),
    statusWorkers: Math.min(MAX_WORKERS, workers),
    // These are turned off by being there and empty.
    keepsValidation: env.VALIDATION_WEBHOOK_CONFIG_NAME !== '',
    keepsInjection: env.INJECTION_WEBHOOK_CONFIG_NAME !== '',
    problems,
  };
}
