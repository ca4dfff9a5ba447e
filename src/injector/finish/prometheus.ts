import { changeContainer, findInPod, withMetadata } from '../containers.ts';
import { injectFault } from '../fault.ts';
import { findText, type JsonObject, listAt, spelledAt, textAt, textsAt } from '../json.ts';
import { ANNOTATION, CONTAINER } from '../names.ts';
import { parseBoolean } from '../parse-boolean.ts';
import { parseScrapeTargets } from './scrape-targets.ts';

/** Annotations of applications, as Prometheus reads them: it takes every character but letters and digits for an underscore. */
const KNOWN = {
  prometheus_io_scrape: 'scrape',
  prometheus_io_path: 'path',
  prometheus_io_port: 'port',
  prometheus_istio_io_scrape_targets: 'targets',
} as const;

/** Ports of the proxy itself: nothing of the application can be there. */
const RESERVED: Readonly<Record<string, string>> = {
  '15000': "Envoy's administration",
  '15001': 'captured outbound traffic',
  '15004': 'debugging',
  '15006': 'captured inbound traffic',
  '15008': 'tunnels of the mesh',
  '15020': 'merged metrics',
  '15021': 'health checks',
  '15053': 'DNS capture',
  '15090': "Envoy's metrics",
};

type Written = Partial<Record<(typeof KNOWN)[keyof typeof KNOWN], string>>;

function readWritten(pod: JsonObject): Written {
  const written: Written = {};
  for (const [key, value] of Object.entries(textsAt(pod, 'metadata', 'annotations'))) {
    const field = findField(key);
    if (field !== undefined) written[field] = value;
  }
  return written;
}

function findField(annotation: string): keyof Written | undefined {
  const name = toMetricLabel(annotation);
  return name in KNOWN ? Object.entries(KNOWN).find(([known]) => known === name)?.[1] : undefined;
}

function toMetricLabel(annotation: string): string {
  return annotation.replace(/[^a-zA-Z0-9_]/g, '_');
}

/** `pod` as its author wrote it, where its annotations for Prometheus are those of an earlier injection. */
export function withoutMergedMetrics(pod: JsonObject, mesh: JsonObject): JsonObject {
  return readWritten(pod).port === agentPort(mesh) ? clear(pod) : pod;
}

function agentPort(mesh: JsonObject): string {
  return spelledAt(mesh, 'defaultConfig', 'statusPort') || '15020';
}

function clear(pod: JsonObject): JsonObject {
  const keys = Object.keys(textsAt(pod, 'metadata', 'annotations'));
  const known = keys.filter((key) => findField(key) !== undefined);
  return known.length === 0
    ? pod
    : withMetadata(pod, 'annotations', Object.fromEntries(known.map((key) => [key, undefined])));
}

/**
 * Has Prometheus ask the agent, which adds the application's metrics to the proxy's: where the application has its own is told to the agent.
 *
 * @throws Fault `INJECT_POD_REFUSED` where the application's port is none, or the proxy's.
 * @see istio pkg/kube/inject/webhook.go `applyPrometheusMerge`
 */
export function mergeMetrics(pod: JsonObject, mesh: JsonObject): JsonObject {
  const written = readWritten(pod);
  const port = agentPort(mesh);
  const isRefused = written.scrape !== undefined && parseBoolean(written.scrape) === false;
  if (isRefused || !isMergeWanted(pod, mesh) || written.port === port) return pod;
  const targets = written.targets === undefined ? [] : parseScrapeTargets(written.targets);
  checkPorts(targets.length > 0 ? targets.map((target) => target.port) : [written.port ?? ''], port);
  const [first] = targets;
  const scrape = {
    scrape: written.scrape ?? '',
    path: first?.path ?? written.path ?? '',
    port: first?.port ?? written.port ?? '',
    ...(targets.length > 0 && { targets }),
  };
  const isSaid = scrape.scrape !== '' || scrape.path !== '' || scrape.port !== '';
  const told = isSaid ? tell(pod, JSON.stringify(scrape)) : pod;
  return withMetadata(clear(told), 'annotations', {
    'prometheus.io/port': port,
    'prometheus.io/path': '/stats/prometheus',
    'prometheus.io/scrape': 'true',
  });
}

function isMergeWanted(pod: JsonObject, mesh: JsonObject): boolean {
  const annotated = findText(pod, 'metadata', 'annotations', ANNOTATION.mergeMetrics);
  const chosen = annotated === undefined ? undefined : parseBoolean(annotated);
  return chosen ?? mesh.enablePrometheusMerge !== false;
}

function checkPorts(ports: readonly string[], agent: string): void {
  for (const port of ports) {
    if (port === '') continue;
    const value = /^[+-]?\d+$/.test(port) ? Number(port) : 0;
    if (value < 1 || value > 65_535) throw injectFault('INJECT_POD_REFUSED', `port "${port}" for metrics is no port`);
    const use = String(value) === agent ? "the agent's" : RESERVED[String(value)];
    if (use !== undefined)
      throw injectFault('INJECT_POD_REFUSED', `port ${port} for metrics is reserved for the proxy: ${use}`);
  }
}

function tell(pod: JsonObject, value: string): JsonObject {
  return changeContainer(pod, CONTAINER.proxy, (proxy) => ({
    ...proxy,
    env: [...listAt(proxy, 'env'), { name: 'ISTIO_PROMETHEUS_ANNOTATIONS', value }],
  }));
}

/** Tells Prometheus where merged metrics are encrypted, when the proxy has such a port. */
export function announceSecureMetrics(pod: JsonObject): JsonObject {
  const keys = Object.keys(textsAt(pod, 'metadata', 'annotations'));
  if (keys.some((key) => toMetricLabel(key) === 'prometheus_istio_io_secure_port')) return pod;
  const env = listAt(findInPod(pod, CONTAINER.proxy), 'env');
  const port = textAt(
    env.find(({ name, value }) => name === 'ENVOY_SECURE_MERGED_METRICS_PORT' && value && value !== '0'),
    'value',
  );
  return port === '' ? pod : withMetadata(pod, 'annotations', { 'prometheus.istio.io/secure-port': port });
}
