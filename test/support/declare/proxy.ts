import { toNodeJson } from '../../../src/agent/node.ts';
import { messageFromJson } from '../../../src/gen/codec.ts';
import type { InterceptionMode } from '../../../src/model/proxy.ts';
import type { Node } from '../proxy/wire.ts';
import { addressOf } from './address.ts';

/** Who connects. */
export interface ProxySpec {
  readonly name: string;
  readonly node: Node;
  readonly dnsDomain: string;
}

export interface ProxyOptions {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ip?: string;
  readonly interception?: InterceptionMode;
  readonly domain?: string;
  readonly locality?: { readonly region: string; readonly zone?: string; readonly subzone?: string };
  /** Further entries of the node's metadata. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** The proxy beside a workload with the label `app: name`; traffic reaches it by capture. */
export function sidecar(name: string, options: ProxyOptions = {}): ProxySpec {
  return toSpec('sidecar', name, { labels: { app: name }, ...options });
}

/** The proxy of a gateway with the label `istio: name`. */
export function router(name = 'ingressgateway', options: ProxyOptions = {}): ProxySpec {
  return toSpec('router', name, { namespace: 'istio-system', labels: { istio: name }, ...options });
}

function toSpec(type: 'sidecar' | 'router', name: string, options: ProxyOptions): ProxySpec {
  const { namespace = 'default', labels = {}, interception = 'REDIRECT', locality, metadata } = options;
  const { ip = addressOf(2, `${name}.${namespace}`), domain = `${namespace}.svc.cluster.local` } = options;
  const { region = '', zone = '', subzone = '' } = locality ?? {};
  const json = toNodeJson({
    type,
    ips: [ip],
    name: `${name}-1`,
    namespace,
    domain,
    labels,
    interception,
    ...(locality && { locality: { region, zone, subzone } }),
    ...(metadata && { metadata }),
  });
  return { name, node: messageFromJson('envoy.config.core.v3.Node', json), dnsDomain: domain };
}
