import type { Service } from '../model/service.ts';

/** What a pattern for statistics' names may mention. */
export interface StatNameSubject {
  readonly hostname: string;
  /** Absent when the hostname is none of a known service. */
  readonly service?: Service | undefined;
  readonly port: number;
  readonly portName: string;
  readonly subset?: string;
  readonly targetPort?: number;
}

/**
 * Fills in `%SERVICE%`, `%SERVICE_NAME%`, `%SERVICE_FQDN%`, `%SERVICE_PORT%`, `%SERVICE_PORT_NAME%`, `%TARGET_PORT%` and `%SUBSET_NAME%`.
 * Kubernetes services have a short name; every other service is its hostname in all three forms.
 * @see istio pilot/pkg/networking/telemetry/telemetry.go `BuildStatPrefix`
 */
export function expandStatName(pattern: string, subject: StatNameSubject): string {
  const { hostname, service, port, portName, subset = '', targetPort = 0 } = subject;
  const inCluster = service?.registry === 'kubernetes';
  const values: Readonly<Record<string, string>> = {
    SERVICE: inCluster ? `${service.name}.${service.namespace}` : hostname,
    SERVICE_NAME: inCluster ? service.name : hostname,
    SERVICE_FQDN: hostname,
    SERVICE_PORT: `${port}`,
    SERVICE_PORT_NAME: portName,
    TARGET_PORT: `${targetPort}`,
    SUBSET_NAME: subset,
  };
  return pattern.replace(/%([A-Z_]+)%/g, (whole, name: string) => values[name] ?? whole);
}
