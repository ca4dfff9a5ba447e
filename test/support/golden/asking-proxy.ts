import { toNodeJson } from '../../../src/agent/node.ts';
import type { ProxyNode } from '../../../src/xds/node.ts';
import type { ConnectionRequest } from '../../../src/xds/view-source.ts';
import type { AskingProxy } from './golden-case.ts';

const ISTIO_EXTENSIONS = ['istio.metadata_exchange', 'istio.stats', 'istio.alpn'];

/** The connection of a proxy on this machine. */
export function toConnectionRequest(proxy: AskingProxy): ConnectionRequest {
  return {
    id: 'golden-1',
    peerAddress: '127.0.0.1:40000',
    protocol: 'delta',
    transport: 'plaintext',
    header: () => [],
    node: toNode(proxy),
  };
}

function toNode(proxy: AskingProxy): ProxyNode {
  const [region = '', zone = '', subzone = ''] = (proxy.locality ?? '').split('/');
  const [namespace = '', name = ''] = (proxy.router ?? proxy.sidecar ?? 'default/client').split('/');
  const isRouter = proxy.router !== undefined;
  const { id, cluster, metadata } = toNodeJson({
    type: isRouter ? 'router' : 'sidecar',
    ips: [proxy.ip ?? '10.2.0.1'],
    name,
    namespace,
    ...(proxy.domain !== undefined && { domain: proxy.domain }),
    labels: proxy.labels ?? (isRouter ? { istio: name } : { app: name }),
    interception: toInterception(proxy.interception),
    metadata: {
      ...(proxy.agent && { ISTIO_VERSION: '1.27.0' }),
      ...(proxy.network !== undefined && { NETWORK: proxy.network }),
      ...proxy.metadata,
    },
  });
  return {
    id,
    cluster,
    metadata,
    locality: { region, zone, subZone: subzone },
    userAgentName: 'envoy',
    userAgentVersion: '1.40.0',
    extensions: new Set(proxy.istio ? ISTIO_EXTENSIONS : []),
    clientFeatures: [],
  };
}

function toInterception(text = 'REDIRECT'): 'REDIRECT' | 'TPROXY' | 'NONE' {
  if (text !== 'REDIRECT' && text !== 'TPROXY' && text !== 'NONE') throw new Error(`there is no interception ${text}`);
  return text;
}
