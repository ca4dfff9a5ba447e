import { describe, expect, it } from 'vitest';
import { objectAt } from '../json.ts';
import { fillMesh } from '../mesh-settings.ts';
import type { TemplateInput } from '../template-input.ts';
import { parseInjectionValues } from '../values.ts';
import { parsePodTemplate } from './pod-template.ts';

const CONTAINERS = [
  {
    name: 'hello',
    image: 'hub/hello:2',
    ports: [
      { containerPort: 80, name: 'web' },
      { containerPort: 53, protocol: 'UDP' },
    ],
  },
  { name: 'istio-proxy', ports: [{ containerPort: 15090 }] },
];
const MESH = fillMesh({
  extensionProviders: [{ name: 'o', opentelemetry: { serviceAttributeEnrichment: 'OTEL_SEMANTIC_CONVENTIONS' } }],
  defaultConfig: { drainDuration: '90s', holdApplicationUntilProxyStarts: true, proxyMetadata: { B: '2', A: '1' } },
});
const proxyConfig = objectAt(MESH, 'defaultConfig');

const INPUT: TemplateInput = {
  pod: {
    metadata: { name: 'p', labels: { app: 'hello' }, annotations: { a: 'x', empty: '', json: '{"k":[1,"two"]}' } },
    spec: { serviceAccountName: 'sa', containers: CONTAINERS },
  },
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'hello', namespace: 'shop' },
  values: parseInjectionValues('{global: {proxy: {resources: {limits: {cpu: null, memory: 1Gi}}}}}'),
  mesh: MESH,
  proxyConfig,
  revision: '',
  nativeSidecars: true,
  proxyImage: 'hub/proxy:1',
  proxyInitImage: 'hub/init:1',
  proxyUid: 1337,
  proxyGid: 1338,
  compliancePolicy: '',
  environment: { VENDOR: 'us' },
};

/** What a template prints into a text of YAML. */
function print(expression: string): unknown {
  return parsePodTemplate('own', `text: |-\n  ${expression}`)(INPUT).text;
}

// What Istio's functions give, by pkg/kube/inject/template.go.
describe('templates of pods', () => {
  it.each([
    [
      '{{ annotation .ObjectMeta "a" "d" }}{{ annotation .ObjectMeta "b" "d" }}{{ annotation .ObjectMeta "empty" "d" }}',
      'xd',
    ],
    ['{{ annotation .ObjectMeta "b" .Values.global.proxy.statusPort }}', '15020'],
    ['{{ annotation .ObjectMeta "b" .ProxyConfig.InterceptionMode }}', 'REDIRECT'],
    ['{{ annotation .ObjectMeta "b" .Values.global.absent }}', '<nil>'],
    ['{{ isset .ObjectMeta.Annotations "a" }}{{ isset .ObjectMeta.Annotations "b" }}', 'truefalse'],
    ['{{ valueOrDefault "" "d" }}{{ valueOrDefault .Values.global.absent "e" }}{{ valueOrDefault "v" "d" }}', 'dev'],
    [
      '{{ excludeInboundPort 15020 "" }};{{ excludeInboundPort 15020 "4, 5" }};{{ excludeInboundPort "0" "4" }};{{ excludeInboundPort 4 "4,5" }}',
      '15020;4,5,15020;4;4,5',
    ],
    ['{{ includeInboundPorts .Spec.Containers }};{{ applicationPorts .Spec.Containers }}', '80,15090;80'],
    ['{{ kubevirtInterfaces "net1" }}{{ excludeInterfaces "eth1" }}', 'net1eth1'],
    ['{{ contains "/" "a/b" }}{{ contains "/" "ab" }}{{ toLower "AB" }}{{ directory "/a/b/c" }}', 'truefalseab/a/b/'],
    [
      '{{ toJSON .ObjectMeta.Labels }}{{ (fromJSON (index .ObjectMeta.Annotations "json")).k }}{{ fromJSON "no" }}',
      '{"app":"hello"}[1 two]{}',
    ],
    ['{{ structToJSON (index (index .Spec.Containers 0).Ports 0) }}', '{"name":"web","containerPort":80}'],
    [
      '{{ protoToJSON .ProxyConfig }}',
      '{"drainDuration":"90s","proxyMetadata":{"A":"1","B":"2"},"holdApplicationUntilProxyStarts":true}',
    ],
    ['{{ formatDuration .ProxyConfig.DrainDuration }}', '1m30s'],
    ['{{ toJson (omitNil .Values.global.proxy.resources) }}', '{"limits":{"memory":"1Gi"}}'],
    ['{{ toJson (strdict "a" "1" "b") }}{{ toJson (omit .ObjectMeta.Labels "app") }}', '{"a":"1","b":""}{}'],
    [
      '{{ toJsonMap .ObjectMeta.Labels (strdict "app" "other") }}{{ len (mergeMaps .ObjectMeta.Labels (strdict "b" "")) }}',
      '{"app":"other"}2',
    ],
    [
      '{{ appendMultusNetwork "" "d/n" }};{{ appendMultusNetwork "a" "d/n" }};{{ appendMultusNetwork "d/n" "d/n" }}',
      'd/n;a, d/n;d/n',
    ],
    ['{{ appendMultusNetwork `[{"name":"a"}]` "d/n" }}', '[{"name":"a"}, {"name": "n", "namespace": "d"}]'],
    ['{{ env "VENDOR" "d" }}{{ env "ABSENT" "d" }}', 'usd'],
    [
      '{{ otelResourceAttributes .MeshConfig .ObjectMeta.Annotations .ObjectMeta.Labels "ns" .Spec.Containers }}',
      'service.namespace=shop,service.instance.id=shop.$(POD_NAME).hello',
    ],
    ['{{ toYaml .ObjectMeta.Labels | trim }}', 'app: hello'],
    [
      '{{ .ProxyConfig.InterceptionMode.String }}{{ .ProxyConfig.HoldApplicationUntilProxyStarts.GetValue }}{{ .ProxyConfig.Concurrency.GetValue }}',
      'REDIRECTtrue0',
    ],
    ['{{ if .ProxyConfig.GetTracing.GetTlsSettings }}y{{ else }}n{{ end }}', 'n'],
    [
      '{{ index .ProxyConfig.ProxyMetadata "A" }}{{ range $k, $v := .ProxyConfig.ProxyMetadata }}{{ $k }}={{ $v }};{{ end }}',
      '1A=1;B=2;',
    ],
    [
      '{{ .MeshConfig.ProxyListenPort }}{{ .MeshConfig.TrustDomain }}{{ .ProxyUID }}{{ .ProxyGID }}{{ .NativeSidecars }}',
      '15001cluster.local13371338true',
    ],
    [
      '{{ .TypeMeta.APIVersion }}/{{ .TypeMeta.Kind }} {{ .DeploymentMeta.Namespace }}/{{ .DeploymentMeta.Name }}',
      'apps/v1/Deployment shop/hello',
    ],
    [
      '{{ .Spec.ServiceAccountName }}{{ eq .Spec.NodeName "" }}{{ .Spec.HostNetwork }}{{ len .Spec.InitContainers }}',
      'satruefalse0',
    ],
    ['{{ eq (.Values.pilot.env).ANY true }}{{ .Values.global.absent }}', 'false<no value>'],
    [
      '{{ .InboundTrafficPolicyMode }}{{ .ProxyImage }}{{ .ProxyInitImage }}{{ .Revision | default "default" }}',
      'passthroughhub/proxy:1hub/init:1default',
    ],
  ])('print %s', (expression, text) => {
    expect(print(expression)).toBe(text);
  });

  it('indent all lines but the first', () => {
    const overlay = parsePodTemplate('own', 'a:\n  {{ toYaml .Values.global.proxy.resources | indent 2 }}')(INPUT);
    expect(overlay).toEqual({ a: { limits: { cpu: null, memory: '1Gi' } } });
  });

  it.each([
    {
      source: 'spec: {{ .Spec.Absent }}',
      code: 'INJECT_TEMPLATE_FAILED',
      because: 'own:1:14: executing "own" at <.Spec.Absent>: can\'t evaluate field Absent in type v1.PodSpec',
    },
    { source: 'a: b: c', code: 'INJECT_TEMPLATE_FAILED', because: 'template "own" prints no part of a pod: line 1' },
    { source: '- list', code: 'INJECT_TEMPLATE_FAILED', because: 'no object' },
    { source: 'a\n{{ if }}', code: 'INJECT_CONFIG_INVALID', because: 'template: own:2: missing value for if' },
    { source: '{{ lookup "v1" }}', code: 'INJECT_CONFIG_INVALID', because: 'function "lookup" not defined' },
  ])('complain of $source', ({ source, code, because }) => {
    expect(() => parsePodTemplate('own', source)(INPUT)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(because) }),
    );
  });
});
