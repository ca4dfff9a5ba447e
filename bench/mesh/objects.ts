import {
  clusterAddress,
  hostOf,
  type MeshShape,
  namespaceOf,
  podAddress,
  podLabels,
  podName,
  serviceName,
} from './shape.ts';

/** A Kubernetes object as its JSON. */
export type KubeObject = Readonly<Record<string, unknown>>;

const NODES = 50;

export function namespaceObject(namespace: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { 'istio-injection': 'enabled' } },
  };
}

export function serviceObject(service: number, shape: MeshShape): KubeObject {
  const name = serviceName(service);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: namespaceOf(service, shape) },
    spec: {
      clusterIP: clusterAddress(service),
      selector: { app: name },
      ports: [
        { name: 'http', port: 8080, targetPort: 8080 },
        { name: 'tcp-data', port: 9000, targetPort: 9000 },
      ],
    },
  };
}

export function podObject(pod: number, shape: MeshShape): KubeObject {
  const namespace = namespaceOf(Math.floor(pod / shape.endpoints), shape);
  const podIP = podAddress(pod);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName(pod, shape), namespace, labels: podLabels(pod, shape) },
    spec: {
      serviceAccountName: 'load',
      nodeName: `node-${pod % NODES}`,
      containers: [
        { name: 'app', image: 'app' },
        { name: 'istio-proxy', image: 'proxy' },
      ],
    },
    status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** The one EndpointSlice of a service; `extra` is the address of one more endpoint. */
export function sliceObject(service: number, shape: MeshShape, extra?: string): KubeObject {
  const name = serviceName(service);
  const namespace = namespaceOf(service, shape);
  const pods = listPods(service, shape);
  const endpoints: KubeObject[] = pods.map((pod) => ({
    addresses: [podAddress(pod)],
    conditions: { ready: true },
    nodeName: `node-${pod % NODES}`,
    targetRef: { kind: 'Pod', name: podName(pod, shape), namespace },
  }));
  if (extra !== undefined) endpoints.push({ addresses: [extra], conditions: { ready: true } });
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints,
    ports: [
      { name: 'http', port: 8080, protocol: 'TCP' },
      { name: 'tcp-data', port: 9000, protocol: 'TCP' },
    ],
  };
}

export function listPods(service: number, { endpoints }: MeshShape): readonly number[] {
  return Array.from({ length: endpoints }, (_, i) => service * endpoints + i);
}

export function destinationRuleObject(service: number, shape: MeshShape): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: serviceName(service), namespace: namespaceOf(service, shape) },
    spec: {
      host: hostOf(service, shape),
      trafficPolicy: {
        connectionPool: { http: { http2MaxRequests: 1000 } },
        outlierDetection: { consecutive5xxErrors: 5 },
      },
      subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })),
    },
  };
}

/** A weighted route; `marker` is a header's value, by which its arrival is noticed. */
export function virtualServiceObject(service: number, shape: MeshShape, marker: string): KubeObject {
  const host = hostOf(service, shape);
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: serviceName(service), namespace: namespaceOf(service, shape) },
    spec: {
      hosts: [host],
      http: [
        {
          headers: { request: { set: { 'x-marker': marker } } },
          retries: { attempts: 3, perTryTimeout: '2s' },
          timeout: '10s',
          route: [
            { destination: { host, subset: 'v1' }, weight: 90 },
            { destination: { host, subset: 'v2' }, weight: 10 },
          ],
        },
      ],
    },
  };
}
