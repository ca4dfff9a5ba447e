import { encodeMessage } from '../../src/gen/codec.ts';
import { type MeshShape, namespaceOf, podAddress, podLabels, podName, serviceName } from '../mesh/shape.ts';

/** One of the sidecars of a run. */
export interface ProxyIdentity {
  readonly namespace: string;
  /** The encoded `envoy.config.core.v3.Node`. */
  readonly node: Buffer;
}

/** How many extensions stock Envoy lists; a server has to read past them whatever it does with them. */
const EXTENSIONS = 516;

/** The `index`th of `proxies` sidecars, which are spread over all services rather than being pods of the first few. */
export function proxyIdentity(index: number, proxies: number, shape: MeshShape): ProxyIdentity {
  const pods = shape.services * shape.endpoints;
  const pod = (index * Math.floor(pods / Math.min(proxies, pods))) % pods;
  const service = Math.floor(pod / shape.endpoints);
  const namespace = namespaceOf(service, shape);
  const node = encodeMessage('envoy.config.core.v3.Node', {
    id: `sidecar~${podAddress(pod)}~${podName(pod, shape)}.${namespace}~${namespace}.svc.cluster.local`,
    cluster: `${serviceName(service)}.${namespace}`,
    metadata: toStruct(metadataOf(pod, namespace, shape)),
    user_agent_name: 'envoy',
    extensions: listExtensions(),
  });
  return { namespace, node };
}

type Metadata = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

function metadataOf(pod: number, namespace: string, shape: MeshShape): Metadata {
  return {
    NAMESPACE: namespace,
    CLUSTER_ID: 'Kubernetes',
    ISTIO_VERSION: '1.28.0',
    SERVICE_ACCOUNT: 'load',
    INSTANCE_IPS: podAddress(pod),
    MESH_ID: 'cluster.local',
    NAME: podName(pod, shape),
    INTERCEPTION_MODE: 'REDIRECT',
    LABELS: podLabels(pod, shape),
    PROXY_CONFIG: { discoveryAddress: '127.0.0.1:15010' },
  };
}

function toStruct(values: Metadata) {
  const fields = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === 'string'
      ? { string_value: value }
      : {
          struct_value: {
            fields: Object.fromEntries(Object.entries(value).map(([k, text]) => [k, { string_value: text }])),
          },
        },
  ]);
  return { fields: Object.fromEntries(fields) };
}

function listExtensions() {
  return Array.from({ length: EXTENSIONS }, (_, i) => ({
    name: `envoy.filters.http.of_the_bench_${i}`,
    category: 'envoy.filters.http',
    type_urls: [`envoy.extensions.filters.http.of_the_bench_${i}.v3.OfTheBench`],
  }));
}
