import { type JsonObject, listAt, textAt } from '../json.ts';
import { ANNOTATION } from '../names.ts';
import type { TemplateInput } from '../template-input.ts';
import { variable } from './environment.ts';
import { globalText } from './setting.ts';

const FOLDER = '/var/lib/grpc/data/';
const VOLUME = 'grpc-io-proxyless-bootstrap';
const MOUNT = { name: VOLUME, mountPath: FOLDER };

/** The node's name is known only in the pod, so a shell writes the file there. */
const SCRIPT = `NODE_ID="sidecar~\${INSTANCE_IP}~\${POD_NAME}.\${POD_NAMESPACE}~cluster.local"
SERVER_URI="dns:///istiod.\${ISTIO_NAMESPACE}.svc:15010"
cat > ${FOLDER}bootstrap.json <<END
{
  "xds_servers": [
    {
      "server_uri": "\${SERVER_URI}",
      "channel_creds": [{"type": "insecure"}],
      "server_features": ["xds_v3"]
    }
  ],
  "node": {
    "id": "\${NODE_ID}",
    "metadata": {
      "GENERATOR": "grpc"
    }
  }
}
END`;

/**
 * For applications whose gRPC library is its own proxy, in plaintext: no agent, but a file that names the control plane.
 * @see istio manifests/charts/istio-control/istio-discovery/files/grpc-simple.yaml
 */
export function toGrpcSimplePod(input: TemplateInput): JsonObject {
  const applications = listAt(input.pod, 'spec', 'containers').map((container) => ({
    name: textAt(container, 'name'),
    env: [
      variable('GRPC_XDS_BOOTSTRAP', `${FOLDER}bootstrap.json`),
      variable('GRPC_GO_LOG_VERBOSITY_LEVEL', '99'),
      variable('GRPC_GO_LOG_SEVERITY_LEVEL', 'info'),
    ],
    volumeMounts: [MOUNT],
  }));
  return {
    metadata: { annotations: { [ANNOTATION.rewriteProbes]: 'false' } },
    spec: {
      initContainers: [toBootstrapContainer(input)],
      containers: applications,
      volumes: [{ name: VOLUME, emptyDir: {} }],
    },
  };
}

function toBootstrapContainer(input: TemplateInput): JsonObject {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return {
    name: 'grpc-bootstrap-init',
    image: 'busybox:1.28',
    volumeMounts: [MOUNT],
    env: [
      field('INSTANCE_IP', 'status.podIP'),
      field('POD_NAME', 'metadata.name'),
      field('POD_NAMESPACE', 'metadata.namespace'),
      variable('ISTIO_NAMESPACE', globalText(input, 'istioNamespace')),
    ],
    command: ['sh', '-c', SCRIPT],
  };
}
