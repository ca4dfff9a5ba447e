import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/injector/json.ts';
import {
  annotationsOf,
  argumentOf,
  container,
  deployedPod,
  injected,
  injectInto,
  namesOf,
  proxyVariables,
  type Surroundings,
} from '../support/injection/injected-pod.ts';

const CNI = { pilot: { cni: { enabled: true } } };
const annotated = (annotations: JsonObject, spec: JsonObject = {}) => deployedPod({ annotations }, spec);

describe('Probes', () => {
  const probing = (probe: JsonObject) =>
    deployedPod(
      {},
      {
        containers: [
          { name: 'hello', image: 'h', ports: [{ name: 'web', containerPort: 8080 }], livenessProbe: probe },
        ],
      },
    );
  const told = (pod: JsonObject) => JSON.parse(proxyVariables(pod).ISTIO_KUBE_APP_PROBERS ?? 'null');

  it.each([
    {
      kind: 'HTTP with a named port',
      probe: { httpGet: { path: '/live', port: 'web' }, timeoutSeconds: 2 },
      asks: { httpGet: { path: '/live', port: 8080 }, timeoutSeconds: 2 },
    },
    {
      kind: 'HTTPS',
      probe: { httpGet: { path: '/live', port: 8443, scheme: 'HTTPS' } },
      asks: { httpGet: { path: '/live', port: 8443, scheme: 'HTTPS' } },
    },
    { kind: 'TCP', probe: { tcpSocket: { port: 8080 } }, asks: { tcpSocket: { port: 8080 } } },
    { kind: 'gRPC', probe: { grpc: { port: 8080, service: 's' } }, asks: { grpc: { port: 8080, service: 's' } } },
  ])('by $kind go to the agent', ({ probe, asks }) => {
    const pod = injected(probing(probe));
    expect(told(pod)).toEqual({ '/app-health/hello/livez': asks });
    const { livenessProbe } = container(pod, 'hello');
    expect(livenessProbe).toMatchObject({ httpGet: { path: '/app-health/hello/livez', port: 15020 } });
    expect(JSON.stringify(livenessProbe)).not.toMatch(/tcpSocket|grpc|HTTPS/);
  });

  it.each([
    { kind: 'a command', probe: { exec: { command: ['true'] } }, port: undefined },
    { kind: 'one of the agent already', probe: { httpGet: { path: '/x', port: 15020 } }, port: 15020 },
    { kind: 'a name that no port has', probe: { httpGet: { path: '/x', port: 'none' } }, port: 15020 },
  ])('by $kind are not told to the agent', ({ probe, port }) => {
    const pod = injected(probing(probe));
    expect(told(pod)).toBeNull();
    expect(container(pod, 'hello').livenessProbe).toMatchObject(port === undefined ? probe : { httpGet: { port } });
  });

  it('stay where the pod wants no rewriting', () => {
    const probe = { httpGet: { path: '/live', port: 'web' } };
    const own = {
      ...probing(probe),
      metadata: annotated({ 'sidecar.istio.io/rewriteAppHTTPProbers': 'false' }).metadata ?? {},
    };
    expect(container(injected(own), 'hello').livenessProbe).toEqual(probe);
  });

  it('of lifecycle hooks go to the agent too', () => {
    const lifecycle = {
      preStop: { httpGet: { path: '/bye', port: 8080 } },
      postStart: { exec: { command: ['true'] } },
    };
    const pod = injected(deployedPod({}, { containers: [{ name: 'hello', image: 'h', lifecycle }] }));
    expect(told(pod)).toEqual({ '/app-lifecycle/hello/prestopz': { httpGet: { path: '/bye', port: 8080 } } });
    expect(container(pod, 'hello').lifecycle).toMatchObject({ postStart: lifecycle.postStart });
  });
});

describe('Metrics', () => {
  const merged = {
    'prometheus.io/port': '15020',
    'prometheus.io/path': '/stats/prometheus',
    'prometheus.io/scrape': 'true',
  };

  it.each([
    { when: 'nothing is said', annotations: {}, told: undefined },
    { when: 'a port is', annotations: { 'prometheus.io/port': '9000' }, told: '{"scrape":"","path":"","port":"9000"}' },
    {
      when: 'a port is spelt otherwise',
      annotations: { 'prometheus-io/port': '9000' },
      told: '{"scrape":"","path":"","port":"9000"}',
    },
    {
      when: 'several places are',
      annotations: { 'prometheus.istio.io/scrape-targets': '9000,9001:/own' },
      told: '{"scrape":"","path":"/metrics","port":"9000","targets":[{"port":"9000","path":"/metrics"},{"port":"9001","path":"/own"}]}',
    },
  ])('come from the agent where $when', ({ annotations, told }) => {
    const pod = injected(annotated(annotations));
    expect(proxyVariables(pod).ISTIO_PROMETHEUS_ANNOTATIONS).toBe(told);
    expect(annotationsOf(pod)).toMatchObject(merged);
    expect(Object.keys(annotationsOf(pod))).not.toContain('prometheus-io/port');
  });

  it.each([
    { when: 'the pod wants none', annotations: { 'prometheus.io/scrape': 'false' } },
    { when: 'the pod wants them apart', annotations: { 'prometheus.istio.io/merge-metrics': 'false' } },
  ])('stay apart where $when', ({ annotations }) => {
    expect(annotationsOf(injected(annotated(annotations)))).not.toHaveProperty(['prometheus.io/port']);
  });
});

describe("An author's own version of the proxy", () => {
  const own = {
    name: 'istio-proxy',
    image: 'auto',
    env: [{ name: 'TRUST_DOMAIN', value: 'mine' }],
    resources: { requests: { cpu: '7m' } },
  };
  const pod = deployedPod({}, { containers: [own, { name: 'hello', image: 'h' }] });

  it.each([false, true])('has the last word but for the image (native %s)', (nativeSidecars) => {
    const result = injected(pod, { nativeSidecars });
    expect(container(result, 'istio-proxy')).toMatchObject({
      image: 'hub/proxyv2:tag',
      resources: { requests: { cpu: '7m', memory: '128Mi' }, limits: { cpu: '2', memory: '1Gi' } },
    });
    expect(proxyVariables(result).TRUST_DOMAIN).toBe('mine');
    expect(namesOf(result, 'containers')).toEqual(nativeSidecars ? ['hello'] : ['hello', 'istio-proxy']);
    const { image: _, ...kept } = own;
    const list = nativeSidecars ? 'initContainers' : 'containers';
    expect(JSON.parse(annotationsOf(result)['proxy.istio.io/overrides'] ?? '')).toEqual({ [list]: [kept] });
  });

  it('decides as whom traffic is told apart', () => {
    const user = { ...own, securityContext: { runAsUser: 1000 } };
    const result = injected(deployedPod({}, { containers: [user, { name: 'hello', image: 'h' }] }));
    expect(argumentOf(result, 'istio-init', '-u')).toBe('1000');
  });
});

describe('An injected pod', () => {
  const rich = annotated(
    { 'prometheus.io/port': '9000', 'proxy.istio.io/config': 'proxyMetadata: {A: b}' },
    {
      initContainers: [{ name: 'migrate', image: 'm' }],
      containers: [
        {
          name: 'hello',
          image: 'h',
          ports: [{ containerPort: 80 }],
          readinessProbe: { httpGet: { path: '/', port: 80 } },
        },
        { name: 'istio-proxy', image: 'auto', args: ['own'], securityContext: { runAsUser: 1000 } },
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  );
  const path = { ISTIO_META_CLUSTER_ID: 'c1', ISTIO_META_NETWORK: 'n1' };
  const settings: readonly Surroundings[] = [
    {},
    { nativeSidecars: true },
    { values: CNI },
    { nativeSidecars: true, values: CNI, proxyVariables: path },
    { mesh: { defaultConfig: { interceptionMode: 'TPROXY', holdApplicationUntilProxyStarts: true } } },
    { config: { defaultTemplates: ['gateway'] } },
    { config: { defaultTemplates: ['grpc-agent'] } },
    { config: { defaultTemplates: ['grpc-simple'] } },
    { isOpenShift: true },
  ];

  it.each(settings)('is left as it is when it comes again (%j)', (setting) => {
    expect(injectInto(injected(rich, setting), setting)).toMatchObject({ kind: 'injected', patch: [] });
  });

  it('follows the settings of the day', () => {
    const again = injected(injected(rich), { values: { global: { tag: 'next' } } });
    expect(again).toEqual(injected(rich, { values: { global: { tag: 'next' } } }));
  });

  it('is not changed in place', () => {
    const before = JSON.stringify(rich);
    injected(rich);
    expect(JSON.stringify(rich)).toBe(before);
  });
});

describe('OpenShift', () => {
  const annotations = { 'openshift.io/sa.scc.uid-range': '1000860000/10000' };

  it('has users of its own for the proxies of a namespace', () => {
    const pod = injected(deployedPod(), { isOpenShift: true, namespace: { name: 'shop', annotations } });
    expect(container(pod, 'istio-proxy').securityContext).toMatchObject({
      runAsUser: 1000869999,
      runAsGroup: 1000869999,
    });
    expect(argumentOf(pod, 'istio-init', '-u')).toBe('1000869999');
  });

  it('gives the proxy a user that is not the application’s', () => {
    const user = { securityContext: { runAsUser: 1000860000 } };
    const containers = [
      { name: 'hello', image: 'h', ...user },
      { name: 'istio-proxy', image: 'auto', ...user },
    ];
    const pod = injected(deployedPod({}, { containers }), {
      isOpenShift: true,
      namespace: { name: 'shop', annotations },
    });
    expect(container(pod, 'istio-proxy').securityContext).toMatchObject({ runAsUser: 1000869999 });
  });
});
