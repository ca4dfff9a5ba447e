import { listContainers } from '../containers.ts';
import { isJsonObject, type Json, type JsonObject, listAt, objectAt, textAt } from '../json.ts';
import { CONTAINER } from '../names.ts';

/** The hooks of a container that the agent takes over, and the path under which it offers each. */
export const HOOKS = [
  { path: ['readinessProbe'], url: (name: string) => `/app-health/${name}/readyz` },
  { path: ['livenessProbe'], url: (name: string) => `/app-health/${name}/livez` },
  { path: ['startupProbe'], url: (name: string) => `/app-health/${name}/startupz` },
  { path: ['lifecycle', 'preStop'], url: (name: string) => `/app-lifecycle/${name}/prestopz` },
  { path: ['lifecycle', 'postStart'], url: (name: string) => `/app-lifecycle/${name}/poststartz` },
] as const;

/**
 * What the agent asks of the application in the kubelet's stead: by path, the probe as its author wrote it, with numbers for named ports. A
 * port that has no number, and one that is the agent's already, are left out.
 *
 * @param agentPort The agent's port by the mesh; the pod's annotation does not count here.
 * @see istio pkg/kube/inject/app_probe.go `DumpAppProbers`
 */
export function toAppProbers(pod: JsonObject, agentPort: number): JsonObject {
  const probers: Record<string, Json> = {};
  const containers = [...listContainers(pod, 'initContainers'), ...listContainers(pod, 'containers')];
  for (const container of containers) {
    const name = textAt(container, 'name');
    if (name === CONTAINER.proxy) continue;
    for (const { path, url } of HOOKS) {
      const prober = toProber(objectAt(container, ...path), container, agentPort);
      if (prober !== undefined) probers[url(name)] = prober;
    }
  }
  return probers;
}

function toProber(hook: JsonObject, container: JsonObject, agentPort: number): JsonObject | undefined {
  const kind = isJsonObject(hook.httpGet) ? 'httpGet' : isJsonObject(hook.tcpSocket) ? 'tcpSocket' : undefined;
  const timeout = hook.timeoutSeconds ? { timeoutSeconds: hook.timeoutSeconds } : {};
  if (kind === undefined) return isJsonObject(hook.grpc) ? { grpc: hook.grpc, ...timeout } : undefined;
  const action = objectAt(hook, kind);
  const port = findPort(action.port, container);
  if (port === undefined || action.port === agentPort) return undefined;
  return { [kind]: { ...action, port }, ...timeout };
}

function findPort(port: Json | undefined, container: JsonObject): Json | undefined {
  if (typeof port !== 'string') return port;
  return listAt(container, 'ports').findLast(({ name }) => name === port)?.containerPort;
}
