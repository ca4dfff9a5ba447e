import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningProcess, startProcess } from '../process.ts';

const MAIN = fileURLToPath(new URL('../../../src/server/main.ts', import.meta.url));

/** Ports of an agent and its Envoy. */
export interface AgentPorts {
  readonly ready: number;
  readonly prometheus: number;
  readonly admin: number;
  readonly status: number;
  readonly dns: number;
}

/** What an agent is started with. */
export interface AgentStart {
  /** Its working folder: what a pod has mounted lies below. */
  readonly pod: string;
  readonly ports: AgentPorts;
  readonly envoy: string;
  readonly discoveryAddress: string;
  readonly env?: Readonly<Record<string, string>>;
  /** On top of what every agent here has. */
  readonly proxyConfig?: Readonly<Record<string, unknown>>;
  /** The program; the sources when absent. */
  readonly command?: readonly [string, ...string[]];
  readonly onLine?: (line: string) => void;
}

/** Starts an agent as an injected pod's container does. */
export function startAgent(start: AgentStart): Promise<RunningProcess> {
  const { pod, ports, envoy, discoveryAddress, env, command, onLine } = start;
  const proxyConfig = {
    discoveryAddress,
    binaryPath: envoy,
    proxyAdminPort: ports.admin,
    statusPort: ports.status,
    concurrency: 1,
    terminationDrainDuration: '1s',
    ...start.proxyConfig,
  };
  return startProcess({
    name: 'agent',
    command: [...(command ?? [process.execPath, MAIN]), 'proxy', 'sidecar'],
    cwd: pod,
    logPath: join(pod, 'agent.log'),
    env: {
      POD_NAME: 'reviews-v1',
      POD_NAMESPACE: 'default',
      SERVICE_ACCOUNT: 'reviews',
      INSTANCE_IP: '127.0.0.1',
      ISTIO_METAJSON_LABELS: '{"app":"reviews"}',
      ISTIO_META_INTERCEPTION_MODE: 'NONE',
      ENVOY_STATUS_PORT: String(ports.ready),
      ENVOY_PROMETHEUS_PORT: String(ports.prometheus),
      PROXY_CONFIG: JSON.stringify(proxyConfig),
      ...env,
    },
    ...(onLine && { onLine }),
  });
}
