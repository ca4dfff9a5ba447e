/** Where readiness is read. */
export interface ReadinessSources {
  /** Envoy's administration interface; absent where there is no Envoy. */
  readonly getStats: ((path: string) => Promise<string>) | undefined;
  /** Aborted when the agent was asked to stop. */
  readonly stopping: AbortSignal;
  /** Whether DNS can be answered; absent where it is not. */
  readonly isDnsReady?: (() => boolean) | undefined;
  /** Whether there is a certificate: all that there is to wait for where there is no Envoy. */
  readonly hasCertificate: () => boolean;
}

const UPDATES = '/stats?usedonly&filter=^(cluster_manager.cds|listener_manager.lds).(update_success|update_rejected)$';
const STATE = '/stats?usedonly&filter=^(server.state|listener_manager.workers_started)$';
/** @see envoy/admin/v3/server_info.proto `ServerInfo.State` */
const STATES = ['LIVE', 'DRAINING', 'PRE_INITIALIZING', 'INITIALIZING'];

/**
 * Whether this pod may get traffic: Envoy has taken a first full configuration, and works with it.
 *
 * What was once so stays so: Envoy does not unlearn its configuration, and the probe itself comes through Envoy.
 * @see istio pilot/cmd/pilot-agent/status/ready/probe.go
 */
export class Readiness {
  readonly #sources: ReadinessSources;
  #hasConfig = false;
  #isLive = false;

  constructor(sources: ReadinessSources) {
    this.#sources = sources;
  }

  /** Why not; nothing when it may. */
  async findObstacle(): Promise<string | undefined> {
    const { getStats, stopping, isDnsReady, hasCertificate } = this.#sources;
    if (stopping.aborted) return 'server is not live, current state is: DRAINING';
    if (isDnsReady?.() === false) return 'DNS lookup table is not ready yet';
    if (getStats === undefined) return hasCertificate() ? undefined : 'there is no certificate yet';
    try {
      return (await this.#findMissingConfig(getStats)) ?? (await this.#findDeadness(getStats));
    } catch (err) {
      return `failed to get readiness stats: ${err instanceof Error ? err.message : String(err)}`;
    }
  }

  async #findMissingConfig(getStats: (path: string) => Promise<string>): Promise<string | undefined> {
    if (this.#hasConfig) return undefined;
    const stats = parseStats(await getStats(UPDATES));
    const count = (name: string) => stats.get(name) ?? 0;
    const cds = {
      good: count('cluster_manager.cds.update_success'),
      bad: count('cluster_manager.cds.update_rejected'),
    };
    const lds = {
      good: count('listener_manager.lds.update_success'),
      bad: count('listener_manager.lds.update_rejected'),
    };
    this.#hasConfig = cds.good > 0 && lds.good > 0;
    if (this.#hasConfig) return undefined;
    const counts = `cds updates: ${cds.good} successful, ${cds.bad} rejected; lds updates: ${lds.good} successful, ${lds.bad} rejected`;
    if (cds.bad > 0 || lds.bad > 0) return `config received from XDS server, but was rejected: ${counts}`;
    if (cds.good === 0 && lds.good === 0)
      return `config not received from XDS server (is the control plane running?): ${counts}`;
    return `config not fully received from XDS server: ${counts}`;
  }

  async #findDeadness(getStats: (path: string) => Promise<string>): Promise<string | undefined> {
    if (this.#isLive) return undefined;
    const stats = parseStats(await getStats(STATE));
    const state = stats.get('server.state');
    if (state !== 0) return `server is not live, current state is: ${STATES[state ?? -1] ?? 'unknown'}`;
    if (stats.get('listener_manager.workers_started') !== 1) return 'workers have not yet started';
    this.#isLive = true;
    return undefined;
  }
}

/** `name: number` a line. */
function parseStats(text: string): ReadonlyMap<string, number> {
  const entries = text.split('\n').map((line) => line.split(': ', 2));
  return new Map(entries.flatMap(([name, value]) => (name && value ? [[name, Number(value)] as const] : [])));
}
