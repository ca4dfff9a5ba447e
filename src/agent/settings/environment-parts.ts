import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { createLog } from '../../kit/log.ts';
import type { KeyKind } from '../identity/workload-key.ts';
import { listMachineAddresses } from '../machine-addresses.ts';
import type { EnvironmentReader } from './environment.ts';
import { settingFault } from './fault.ts';
import type { ServerSettings } from './server-settings.ts';

const log = createLog('agent');

/** The port on which control planes speak plaintext. */
const PLAINTEXT_PORT = ':15010';

/**
 * How to reach the control plane (`XDS`) or the CA (`CA`).
 * @see istio pkg/istio-agent/agent.go `FindRootCAForXDS`, `FindRootCAForCA`
 */
export function readServer(env: EnvironmentReader, what: 'XDS' | 'CA', address: string): ServerSettings {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined)
    throw settingFault('AGENT_SETTING', `"${address}" is no host:port of a ${what === 'CA' ? 'CA' : 'control plane'}`);
  const headers = env.prefixed(`${what}_HEADER_`).map(([name, value]) => [name.toLowerCase(), value] as const);
  const isLocal = host === 'localhost' || host === '127.0.0.1' || host === '::1';
  return {
    address,
    tls: address.endsWith(PLAINTEXT_PORT)
      ? undefined
      : {
          serverName: env.text('ISTIOD_SAN') ?? (isLocal ? 'istiod.istio-system.svc' : host),
          roots: findRootFiles(env, what),
        },
    headers: Object.fromEntries(headers),
  };
}

function findRootFiles(env: EnvironmentReader, what: 'XDS' | 'CA'): readonly string[] | 'system' {
  const given = env.text(`${what}_ROOT_CA`);
  const named = env.text('ISTIO_META_TLS_CLIENT_ROOT_CERT');
  if (what === 'XDS' && named !== undefined && env.boolean('FILE_MOUNTED_CERTS', false)) return [named];
  if (given === 'SYSTEM') return 'system';
  if (given !== undefined) return [given];
  const provisioned = env.text('PROV_CERT');
  return [
    './etc/certs/root-cert.pem',
    ...(provisioned === undefined ? [] : [path.join(provisioned, 'root-cert.pem')]),
    './var/run/secrets/istio/root-cert.pem',
  ];
}

/** RSA where it is asked for; else P-256: smaller, and made in a thousandth of the time (ADR 20). */
export function readKeyKind(env: EnvironmentReader): KeyKind {
  const algorithm = env.oneOf('ECC_SIGNATURE_ALGORITHM', ['', 'ECDSA', 'NONE'], '');
  const bits = env.text('WORKLOAD_RSA_KEY_SIZE');
  if (algorithm === 'NONE' || (algorithm === '' && bits !== undefined)) {
    const size = env.integer('WORKLOAD_RSA_KEY_SIZE', 2048);
    if (size < 2048 || size > 8192)
      throw settingFault('AGENT_SETTING', `WORKLOAD_RSA_KEY_SIZE: ${size} is not from 2048 to 8192`);
    return { type: 'rsa', bits: size };
  }
  return { type: 'ec', curve: env.oneOf('ECC_CURVE', ['P256', 'P384'], 'P256') === 'P384' ? 'P-384' : 'P-256' };
}

/** The first that says something: flag, ProxyConfig, CPU limit; 0 and nothing are all cores. */
export function readConcurrency(flag: number, config: number | undefined, env: EnvironmentReader): number | undefined {
  const limit = env.integer('ISTIO_CPU_LIMIT', 0);
  const chosen = flag || (config ?? limit);
  if (chosen === 0 && limit > 0 && limit < availableParallelism())
    log.warn(
      { event: 'agent.concurrency', limit },
      `Envoy uses ${availableParallelism()} threads, though its CPU limit is ${limit}`,
    );
  return chosen === 0 ? undefined : chosen;
}

export interface DnsSettings {
  /** `host:port`; localhost is both of its addresses. */
  readonly address: string;
  /** Whether all servers are asked at once. */
  readonly isParallel: boolean;
  readonly timeoutMs: number;
}

export function readDns(env: EnvironmentReader): DnsSettings | undefined {
  const isOn = env.boolean('ISTIO_META_DNS_CAPTURE', false) || env.boolean('ISTIO_META_ENABLE_DNS_SERVER', false);
  if (!isOn) return undefined;
  return {
    address: env.text('DNS_PROXY_ADDR') ?? 'localhost:15053',
    isParallel: env.boolean('DNS_FORWARD_PARALLEL', false),
    timeoutMs: env.duration('DNS_FORWARD_TIMEOUT', 5000),
  };
}

/** Labels of the pod; those of the environment, where there is no pod, win. */
export function toLabels(
  env: EnvironmentReader,
  pod: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { 'pod-template-hash': _, ...labels } = pod;
  return { ...labels, ...readJsonTexts(env, 'ISTIO_METAJSON_LABELS') };
}

export function readJsonTexts(env: EnvironmentReader, name: string): Readonly<Record<string, string>> {
  const entries = Object.entries(readJsonMap(env.text(name), name));
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

/** @throws Fault AGENT_SETTING that names `name` when the text is no JSON object */
export function readJsonMap(text: string | undefined, name: string): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below, like a value of another kind.
  }
  throw settingFault('AGENT_SETTING', `${name}: a JSON object is expected`);
}

/** The pod's address first, then this machine's others. */
export function findAddresses(instanceIp: string | undefined): readonly [string, ...string[]] {
  const found = listMachineAddresses().map(({ address }) => address);
  const given = instanceIp !== undefined && isIP(instanceIp) !== 0 ? [instanceIp] : [];
  const [first = '127.0.0.1', ...others] = [...new Set([...given, ...found])];
  return [first, ...others];
}
