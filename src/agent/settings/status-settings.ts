import { isIPv6 } from 'node:net';
import { createLog } from '../../kit/log.ts';
import type { EnvironmentReader } from './environment.ts';
import { readJsonMap } from './environment-parts.ts';
import { type AppProbe, parseAppProbes } from './app-probes.ts';

const log = createLog('status');

/** Where an application tells its metrics, on this pod's loopback. */
export interface ScrapeTarget {
  readonly port: number;
  readonly path: string;
}

/** What the agent answers to probes and scrapes. */
export interface StatusSettings {
  /** What kubelet's probes and hooks of the application have become, by path. */
  readonly probes: ReadonlyMap<string, AppProbe>;
  /** Where applications are probed. */
  readonly probeHost: string;
  /** Where probes come from: an address that the rules for captured traffic leave alone. */
  readonly probeSource: string;
  /** Whether probes over TLS may speak HTTP/2. */
  readonly probesHttp2: boolean;
  readonly scrapeTargets: readonly ScrapeTarget[];
  readonly mergesEnvoy: boolean;
}

/** Ports that the sidecar itself listens on: scraping them would be scraping oneself. */
const RESERVED = new Set([15_000, 15_001, 15_004, 15_006, 15_008, 15_020, 15_021, 15_053, 15_090]);

/** @throws Fault AGENT_SETTING */
export function readStatusSettings(
  env: EnvironmentReader,
  { type, ip, ownPort }: { readonly type: string; readonly ip: string; readonly ownPort: number },
): StatusSettings {
  const isLegacy = env.boolean('REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION', false);
  return {
    probes: parseAppProbes(env.text('ISTIO_KUBE_APP_PROBERS')),
    probeHost: isLegacy ? 'localhost' : ip,
    probeSource: isIPv6(ip) ? '::6' : '127.0.0.6',
    probesHttp2: env.boolean('ISTIO_ENABLE_HTTP2_PROBING', true),
    // A gateway has no application beside it.
    scrapeTargets: type === 'sidecar' ? readScrapeTargets(env, ownPort) : [],
    mergesEnvoy: env.boolean('PILOT_AGENT_MERGE_ENVOY_STATS', true),
  };
}

const VARIABLE = 'ISTIO_PROMETHEUS_ANNOTATIONS';

function readScrapeTargets(env: EnvironmentReader, ownPort: number): readonly ScrapeTarget[] {
  const text = env.text(VARIABLE);
  if (text === undefined) return [];
  const { scrape, targets, ...single } = readJsonMap(text, VARIABLE);
  if (scrape === 'false' || scrape === false) return [];
  const written: readonly unknown[] = Array.isArray(targets) && targets.length > 0 ? targets : [single];
  return written.flatMap((target) => {
    const found = toScrapeTarget(target);
    if (found !== undefined && found.port !== ownPort && !RESERVED.has(found.port)) return [found];
    const said = JSON.stringify(target);
    log.error(
      { event: 'agent.scrape', target: said },
      `${VARIABLE}: ${said} is no port of an application: not scraped`,
    );
    return [];
  });
}

function toScrapeTarget(written: unknown): ScrapeTarget | undefined {
  if (typeof written !== 'object' || written === null) return undefined;
  const { port, path }: { port?: unknown; path?: unknown } = written;
  const number = Number(port || 80);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) return undefined;
  const text = typeof path === 'string' && path !== '' ? path : '/metrics';
  return { port: number, path: text.startsWith('/') ? text : `/${text}` };
}
