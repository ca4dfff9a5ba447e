import { parseYaml } from '../config/read/yaml.ts';
import { getProductVersion } from '../kit/product-version.ts';
import { injectFault } from './fault.ts';
import { findText, isJsonObject, type Json, type JsonObject } from './json.ts';

/** What comes with this control plane, for the proxy and for the container that captures traffic. */
const OWN_IMAGE = 'proxy';

/**
 * Settings of injection as an installation without any choices has them: those of Istio, with our own images.
 * @see istio manifests/charts/istio-control/istio-discovery/values.yaml
 */
export const DEFAULT_VALUES: JsonObject = {
  global: {
    istioNamespace: 'istio-system',
    hub: 'pilothouse',
    tag: getProductVersion(),
    variant: '',
    imagePullPolicy: '',
    imagePullSecrets: [],
    logAsJson: false,
    nativeNftables: false,
    logging: { level: 'default:info' },
    caAddress: '',
    caName: '',
    meshID: '',
    mountMtlsCerts: false,
    multiCluster: { clusterName: '' },
    network: '',
    pilotCertProvider: 'istiod',
    sds: { token: { aud: 'istio-ca' } },
    sts: { servicePort: 0 },
    proxy: {
      image: OWN_IMAGE,
      clusterDomain: 'cluster.local',
      componentLogLevel: 'misc:error',
      logLevel: 'warning',
      excludeInboundPorts: '',
      includeInboundPorts: '*',
      includeIPRanges: '*',
      excludeIPRanges: '',
      includeOutboundPorts: '',
      excludeOutboundPorts: '',
      outlierLogPath: '',
      privileged: false,
      readinessFailureThreshold: 4,
      readinessInitialDelaySeconds: 0,
      readinessPeriodSeconds: 15,
      startupProbe: { enabled: true, failureThreshold: 600 },
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2000m', memory: '1024Mi' } },
      statusPort: 15020,
      tracer: 'none',
    },
    proxy_init: { image: OWN_IMAGE, forceApplyIptables: false },
  },
  revision: '',
  pilot: { cni: { enabled: false, provider: 'default' }, env: {} },
  gateways: { securityContext: {}, seccompProfile: {} },
  sidecarInjectorWebhook: { rewriteAppHTTPProbe: true },
};

/** What Istio calls its images, wherever they lie: who names a hub of their own and nothing else has these there. */
const IMAGES_OF_HUBS: JsonObject = {
  global: { tag: 'latest', proxy: { image: 'proxyv2' }, proxy_init: { image: 'proxyv2' } },
};

/**
 * Reads the key `values` of the injector's ConfigMap, JSON or YAML. What it does not say is as by default; `null` takes a default away.
 * @throws Fault `INJECT_CONFIG_INVALID`
 */
export function parseInjectionValues(text: string): JsonObject {
  const read = parseYaml(text);
  if (read.kind === 'empty') return DEFAULT_VALUES;
  if (read.kind === 'broken')
    throw injectFault('INJECT_CONFIG_INVALID', `values, line ${read.place.line}: ${read.reason}`);
  if (!isJsonObject(read.value)) throw injectFault('INJECT_CONFIG_INVALID', 'values: not an object');
  const hasHub = findText(read.value, 'global', 'hub') !== undefined;
  return merge(hasHub ? merge(DEFAULT_VALUES, IMAGES_OF_HUBS) : DEFAULT_VALUES, read.value);
}

/** A map of quantities is one decision: its defaults are not mixed with what is written. */
const WHOLE: readonly string[] = ['resources'];

function merge(below: JsonObject, above: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...below };
  for (const [field, value] of Object.entries(above)) {
    const before = below[field];
    const mixes = isJsonObject(before) && isJsonObject(value) && !WHOLE.includes(field);
    merged[field] = mixes ? merge(before, value) : value;
  }
  return merged;
}
