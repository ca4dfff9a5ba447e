import { findEnvoy } from '../envoy.ts';
import type { Container, PodObject, Volume } from './pod-object.ts';

/** What a test says of a pod. */
export interface PodSketch {
  readonly name: string;
  readonly namespace: string;
  /** Of the label `app`; its name when absent. */
  readonly app?: string;
  readonly serviceAccount?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What the application serves: `http:8080`, `tcp:9000`. */
  readonly serves?: readonly string[];
  /** Added to the proxy's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** How traffic comes to the proxy; REDIRECT when absent. */
  readonly interception?: 'REDIRECT' | 'TPROXY';
  /** Added to the flags of traffic capture. */
  readonly capture?: readonly string[];
  /** Added to the proxy's ProxyConfig. */
  readonly proxyConfig?: object;
}

/** The user of proxies: what it sends is not captured. */
export const PROXY_UID = 1337;
/** The user of applications. */
export const APPLICATION_UID = 2000;

/** A pod with an application alone. */
export function plainPod(sketch: PodSketch): PodObject {
  return {
    metadata: toMetadata(sketch),
    spec: { serviceAccountName: accountOf(sketch), containers: [toEcho(sketch)] },
  };
}

/** A pod as Istio's injection leaves it: capture, proxy, application. */
export function sidecarPod(sketch: PodSketch): PodObject {
  const labels = { 'security.istio.io/tlsMode': 'istio', ...sketch.labels };
  const mode = sketch.interception ?? 'REDIRECT';
  const capture = `-p 15001 -z 15006 -u ${PROXY_UID} -m ${mode} -i * -b * -d 15090,15021,15020`.split(' ');
  return {
    metadata: toMetadata({ ...sketch, labels }),
    spec: {
      serviceAccountName: accountOf(sketch),
      initContainers: [
        {
          name: 'istio-init',
          image: 'proxy',
          args: ['iptables', ...capture, ...(sketch.capture ?? [])],
          securityContext: { runAsUser: 0 },
        },
      ],
      containers: [
        toProxy(sketch, ['proxy', 'sidecar', '--domain', '$(POD_NAMESPACE).svc.cluster.local']),
        toEcho(sketch),
      ],
      volumes: VOLUMES,
    },
  };
}

/** A gateway: a proxy alone. */
export function gatewayPod(sketch: PodSketch): PodObject {
  return {
    metadata: toMetadata(sketch),
    spec: {
      serviceAccountName: accountOf(sketch),
      containers: [toProxy(sketch, ['proxy', 'router', '--domain', '$(POD_NAMESPACE).svc.cluster.local'])],
      volumes: VOLUMES,
    },
  };
}

function accountOf({ serviceAccount, name }: PodSketch): string {
  return serviceAccount ?? name;
}

function toMetadata(sketch: PodSketch): PodObject['metadata'] {
  const { name, namespace, app = name, labels, annotations } = sketch;
  return { name, namespace, labels: { app, ...labels }, ...(annotations && { annotations }) };
}

function toEcho({ name, serves = [] }: PodSketch): Container {
  return {
    name: 'app',
    image: 'echo',
    args: [name, ...serves],
    ports: serves.map((port) => ({ containerPort: Number(port.split(':')[1]) })),
    securityContext: { runAsUser: APPLICATION_UID },
  };
}

function toProxy(sketch: PodSketch, args: readonly string[]): Container {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const plain = (env: Readonly<Record<string, string>>) =>
    Object.entries(env).map(([name, value]) => ({ name, value }));
  return {
    name: 'istio-proxy',
    image: 'proxy',
    env: [
      field('POD_NAME', 'metadata.name'),
      field('POD_NAMESPACE', 'metadata.namespace'),
      field('INSTANCE_IP', 'status.podIP'),
      field('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
      field('HOST_IP', 'status.hostIP'),
      ...plain({
        PILOT_CERT_PROVIDER: 'istiod',
        CA_ADDR: 'istiod.istio-system.svc:15012',
        TRUST_DOMAIN: 'cluster.local',
        ISTIO_META_CLUSTER_ID: 'Kubernetes',
        ISTIO_META_INTERCEPTION_MODE: sketch.interception ?? 'REDIRECT',
        ISTIO_META_MESH_ID: 'cluster.local',
        ISTIO_META_WORKLOAD_NAME: sketch.app ?? sketch.name,
        ISTIO_CPU_LIMIT: '1',
        PROXY_CONFIG: JSON.stringify({ ...findBinary(), ...sketch.proxyConfig }),
        ...sketch.env,
      }),
    ],
    args: [...args, '--proxyLogLevel=warning'],
    readinessProbe: { httpGet: { path: '/healthz/ready', port: 15021 } },
    // Only root may take the addresses of others, which is what TPROXY is for.
    securityContext: { runAsUser: sketch.interception === 'TPROXY' ? 0 : PROXY_UID, runAsGroup: PROXY_UID },
    volumeMounts: [
      { name: 'istiod-ca-cert', mountPath: '/var/run/secrets/istio' },
      { name: 'istio-token', mountPath: '/var/run/secrets/tokens' },
      { name: 'istio-podinfo', mountPath: '/etc/istio/pod' },
      { name: 'istio-envoy', mountPath: '/etc/istio/proxy' },
      { name: 'workload-socket', mountPath: '/var/run/secrets/workload-spiffe-uds' },
      { name: 'istio-data', mountPath: '/var/lib/istio/data' },
    ],
  };
}

/** This machine's Envoy, which is where an image would not have it. */
function findBinary(): { readonly binaryPath?: string } {
  const envoy = findEnvoy();
  return envoy.found ? { binaryPath: envoy.command[0] } : {};
}

const VOLUMES: readonly Volume[] = [
  { name: 'workload-socket', emptyDir: {} },
  { name: 'istio-envoy', emptyDir: {} },
  { name: 'istio-data', emptyDir: {} },
  {
    name: 'istio-podinfo',
    downwardAPI: {
      items: [
        { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
        { path: 'annotations', fieldRef: { fieldPath: 'metadata.annotations' } },
      ],
    },
  },
  {
    name: 'istio-token',
    projected: {
      sources: [{ serviceAccountToken: { path: 'istio-token', audience: 'istio-ca', expirationSeconds: 43_200 } }],
    },
  },
  { name: 'istiod-ca-cert', configMap: { name: 'istio-ca-root-cert' } },
];
