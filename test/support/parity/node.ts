import { messageFromJson } from '../../../src/gen/codec.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { toConnectionRequest } from '../golden/asking-proxy.ts';
import type { AskingProxy } from '../golden/golden-case.ts';
import type { Node } from '../proxy/wire.ts';

const NODE = 'envoy.config.core.v3.Node';
const VERSION = { major_number: 1, minor_number: 40 };

/** What a proxy says of itself in its first request. */
export function toWireNode(proxy: AskingProxy): Node {
  const { node } = toConnectionRequest(proxy);
  const { region, zone, subZone } = node.locality;
  return messageFromJson(NODE, {
    id: node.id,
    cluster: node.cluster,
    metadata: node.metadata,
    locality: { region, zone, sub_zone: subZone },
    user_agent_name: 'envoy',
    user_agent_build_version: { version: VERSION },
  });
}

/** The Pod that a proxy runs in. */
export function toProxyPod(proxy: AskingProxy): KubeObject {
  const [, ip = '', id = ''] = toConnectionRequest(proxy).node.id.split('~');
  const [name = '', namespace = ''] = id.split('.');
  const labels = proxy.labels ?? (proxy.router === undefined ? { app: name } : { istio: name });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { nodeName: 'node-1', containers: [{ name: 'app', image: 'app' }] },
    status: { podIP: ip, podIPs: [{ ip }], phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}
