import { describe, expect, it } from 'vitest';
import { type JsonObject, textsAt } from '../../src/injector/json.ts';
import type { Meta } from '../../src/model/object.ts';
import {
  annotationsOf,
  argumentOf,
  container,
  deployedPod,
  injected,
  injectInto,
  namesOf,
  proxyVariables,
} from '../support/injection/injected-pod.ts';

const CNI = { pilot: { cni: { enabled: true } } };
const HOLD: JsonObject = { defaultConfig: { holdApplicationUntilProxyStarts: true } };
const annotated = (annotations: JsonObject, spec: JsonObject = {}) => deployedPod({ annotations }, spec);
const statusOf = (pod: JsonObject) => JSON.parse(annotationsOf(pod)['sidecar.istio.io/status'] ?? 'null');

describe('Which pods are injected', () => {
  it.each([
    { when: 'it is on the host network', pod: deployedPod({}, { hostNetwork: true }), reason: 'host-network' },
    {
      when: 'it is in kube-system, whatever its label says',
      pod: deployedPod({ namespace: 'kube-system', labels: { 'sidecar.istio.io/inject': 'true' } }),
      reason: 'ignored-namespace',
    },
    {
      when: 'its label refuses and its annotation asks',
      pod: deployedPod({
        labels: { 'sidecar.istio.io/inject': 'false' },
        annotations: { 'sidecar.istio.io/inject': 'true' },
      }),
      reason: 'label',
    },
  ])('a pod is left alone when $when', ({ pod, reason }) => {
    expect(injectInto(pod)).toMatchObject({ kind: 'skipped', decision: { reason } });
  });

  it('takes a label in capitals for none, and says so', () => {
    const { kind, decision } = injectInto(deployedPod({ labels: { 'sidecar.istio.io/inject': 'True' } }));
    expect({ kind, warnings: decision.warnings.length }).toEqual({ kind: 'injected', warnings: 1 });
  });

  it('injects what alwaysInjectSelector finds though the policy is off', () => {
    const alwaysInjectSelector = [{ matchLabels: { app: 'hello' } }];
    expect(injectInto(deployedPod(), { config: { policy: 'disabled', alwaysInjectSelector } }).kind).toBe('injected');
  });
});

describe('The containers of an injected pod', () => {
  it.each([
    {
      when: 'the proxy runs beside the application',
      native: false,
      inits: ['istio-init'],
      containers: ['hello', 'istio-proxy'],
    },
    { when: 'the proxy runs before it', native: true, inits: ['istio-init', 'istio-proxy'], containers: ['hello'] },
    {
      when: 'the application waits',
      native: false,
      mesh: HOLD,
      inits: ['istio-init'],
      containers: ['istio-proxy', 'hello'],
    },
    {
      when: 'a plugin captures traffic',
      native: false,
      values: CNI,
      inits: ['istio-validation'],
      containers: ['hello', 'istio-proxy'],
    },
  ])('come in order where $when', ({ native, mesh = {}, values = {}, inits, containers }) => {
    const pod = injected(deployedPod(), { nativeSidecars: native, mesh, values });
    expect([namesOf(pod, 'initContainers'), namesOf(pod, 'containers')]).toEqual([inits, containers]);
  });

  it.each([
    { native: false, mesh: {}, lifecycle: undefined },
    { native: false, mesh: HOLD, lifecycle: { postStart: { exec: { command: ['pilot-agent', 'wait'] } } } },
    {
      native: true,
      mesh: HOLD,
      lifecycle: { preStop: { exec: { command: ['pilot-agent', 'request', '--debug-port=15020', 'POST', 'drain'] } } },
    },
  ])('start and end as they should (native $native, $mesh)', ({ native, mesh, lifecycle }) => {
    const pod = injected(deployedPod(), { nativeSidecars: native, mesh });
    expect(container(pod, 'istio-proxy').lifecycle).toEqual(lifecycle);
  });

  it('put init containers of the pod before capture, or after it where the proxy runs by then', () => {
    const own = deployedPod({}, { initContainers: [{ name: 'migrate', image: 'm' }] });
    expect([false, true].map((nativeSidecars) => namesOf(injected(own, { nativeSidecars }), 'initContainers'))).toEqual(
      [
        ['migrate', 'istio-init'],
        ['istio-init', 'istio-proxy', 'migrate'],
      ],
    );
  });

  it('stay as they were where they are ephemeral', () => {
    const ephemeralContainers = [{ name: 'debugger', image: 'd', targetContainerName: 'hello' }];
    expect(injected(deployedPod({}, { ephemeralContainers })).spec).toMatchObject({ ephemeralContainers });
  });

  it('are told of in the status', () => {
    const classic = statusOf(injected(deployedPod()));
    expect([classic.initContainers, classic.containers, classic.volumes.length, classic.volumes.at(-1)]).toEqual([
      ['istio-init'],
      ['istio-proxy'],
      9,
      'istio-ca-crl',
    ]);
    expect(annotationsOf(injected(deployedPod(), { nativeSidecars: true }))['sidecar.istio.io/status']).toBe(
      '{"initContainers":["istio-init","istio-proxy"],"containers":null,"volumes":["workload-socket","credential-socket",' +
        '"workload-certs","istio-envoy","istio-data","istio-podinfo","istio-token","istiod-ca-cert","istio-ca-crl"],' +
        '"imagePullSecrets":null,"revision":"default"}',
    );
  });
});

describe('Capture', () => {
  it('takes everything but the ports of the proxy itself', () => {
    const pod = injected(deployedPod());
    expect(['-d', '-b', '-u', '-m', '-i'].map((option) => argumentOf(pod, 'istio-init', option))).toEqual([
      '15090,15021,15020',
      '*',
      '1337',
      'REDIRECT',
      '*',
    ]);
  });

  it('is checked, and not set up, where a plugin does it', () => {
    const pod = injected(annotated({ 'traffic.sidecar.istio.io/excludeOutboundPorts': '5432' }), { values: CNI });
    const { args, securityContext } = container(pod, 'istio-validation');
    expect(args).toEqual(expect.arrayContaining(['--run-validation', '--skip-rule-apply']));
    expect(args).not.toEqual(expect.arrayContaining(['--force-apply']));
    expect(securityContext).toMatchObject({ runAsUser: 1337, runAsNonRoot: true });
    expect(annotationsOf(pod)).toMatchObject({
      'sidecar.istio.io/interceptionMode': 'REDIRECT',
      'traffic.sidecar.istio.io/excludeInboundPorts': '15020',
      'traffic.sidecar.istio.io/excludeOutboundPorts': '5432',
    });
  });

  it('is left out in mode NONE', () => {
    expect(namesOf(injected(annotated({ 'sidecar.istio.io/interceptionMode': 'NONE' })), 'initContainers')).toEqual([]);
  });

  it('needs root where it keeps addresses, whoever the author wants the proxy to be', () => {
    const own = { name: 'istio-proxy', image: 'auto', securityContext: { runAsUser: 1000 } };
    const pod = injected(deployedPod({}, { containers: [{ name: 'hello', image: 'h' }, own] }), {
      mesh: { defaultConfig: { interceptionMode: 'TPROXY' } },
    });
    expect(container(pod, 'istio-proxy').securityContext).toMatchObject({
      runAsUser: 0,
      runAsGroup: 1337,
      capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
    });
    expect(argumentOf(injected(annotated({ 'sidecar.istio.io/interceptionMode': 'TPROXY' })), 'istio-init', '-u')).toBe(
      '1337',
    );
  });

  it('takes DNS where the ProxyConfig says so', () => {
    const mesh = { defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } } };
    const pod = injected(deployedPod(), { mesh });
    expect(container(pod, 'istio-init').env).toEqual([{ name: 'ISTIO_META_DNS_CAPTURE', value: 'true' }]);
    expect(proxyVariables(pod)).toMatchObject({ ISTIO_META_DNS_CAPTURE: 'true' });
  });
});

describe('Annotations', () => {
  it('of one amount leave no other', () => {
    const pod = injected(annotated({ 'sidecar.istio.io/proxyCPU': '50m' }));
    expect(container(pod, 'istio-proxy').resources).toEqual({ requests: { cpu: '50m' } });
  });

  it('turn the probes of the proxy off with a port of 0', () => {
    const pod = injected(annotated({ 'status.sidecar.istio.io/port': '0' }));
    const { startupProbe, readinessProbe } = container(pod, 'istio-proxy');
    expect([startupProbe, readinessProbe, argumentOf(pod, 'istio-init', '-d')]).toEqual([
      undefined,
      undefined,
      '15090,15021',
    ]);
  });

  it.each([
    { image: 'x/y:z', proxy: 'x/y:z' },
    { image: 'foo', proxy: 'hub/proxyv2:tag' },
  ])('ask for the image $image', ({ image, proxy }) => {
    const pod = injected(annotated({ 'sidecar.istio.io/proxyImage': image }));
    expect(['istio-proxy', 'istio-init'].map((name) => container(pod, name).image)).toEqual([proxy, proxy]);
  });

  it('change the ProxyConfig over resources, and those over the mesh', () => {
    const meta: Meta = {
      kind: 'ProxyConfig',
      name: 'pc',
      namespace: 'shop',
      labels: {},
      annotations: {},
      createdMs: 0,
      revision: '',
      origin: { kind: 'cluster', cluster: 'c' },
    };
    const proxyConfigs = [{ meta, concurrency: 4, environment: { FROM: 'resource' } }];
    const pod = injected(annotated({ 'proxy.istio.io/config': 'proxyMetadata: {OF: pod}' }), {
      mesh: { defaultConfig: { concurrency: 1, discoveryAddress: 'elsewhere:15012' } },
      proxyConfigs,
    });
    expect(proxyVariables(pod).PROXY_CONFIG).toBe(
      '{"discoveryAddress":"elsewhere:15012","concurrency":4,"proxyMetadata":{"FROM":"resource","OF":"pod"}}\n',
    );
  });

  it.each([
    { annotations: { 'sidecar.istio.io/interceptionMode': 'SOMETIMES' }, because: 'interceptionMode' },
    {
      annotations: { 'inject.istio.io/templates': 'absent' },
      because: 'have gateway, grpc-agent, grpc-simple, sidecar',
    },
    { annotations: { 'prometheus.io/port': '15090' }, because: 'reserved' },
    { annotations: { 'prometheus.istio.io/scrape-targets': '15090' }, because: 'reserved' },
    { annotations: { 'proxy.istio.io/config': 'concurrency: many' }, because: 'proxy.istio.io/config' },
  ])('that make no sense are refused: $annotations', ({ annotations, because }) => {
    const result = injectInto(annotated(annotations));
    expect(result).toMatchObject({ kind: 'refused', fault: { message: expect.stringContaining(because) } });
  });
});

describe('Where a pod is', () => {
  const proxyVariablesOfPath = { ISTIO_META_CLUSTER_ID: 'c1', ISTIO_META_NETWORK: 'n1' };

  it('is what the address of the webhook says, behind the variables of the template', () => {
    const pod = injected(annotated({ 'prometheus.io/port': '9000' }), { proxyVariables: proxyVariablesOfPath });
    const names = Object.keys(proxyVariables(pod));
    expect(names.slice(-3)).toEqual(['ISTIO_META_CLUSTER_ID', 'ISTIO_META_NETWORK', 'ISTIO_PROMETHEUS_ANNOTATIONS']);
    expect(proxyVariables(pod)).toMatchObject(proxyVariablesOfPath);
    expect(textsAt(pod, 'metadata', 'labels')).toMatchObject({ 'topology.istio.io/network': 'n1' });
  });

  it('is what its label says rather than the values', () => {
    const pod = injected(deployedPod({ labels: { 'topology.istio.io/network': 'n2' } }), {
      values: { global: { network: 'n0' } },
    });
    expect(proxyVariables(pod).ISTIO_META_NETWORK).toBe('n2');
  });

  it('names the workload that it is a copy of', () => {
    const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'backup-27800000', controller: true };
    const pod = injected(deployedPod({ generateName: 'backup-27800000-', ownerReferences: [job] }));
    expect(proxyVariables(pod)).toMatchObject({
      ISTIO_META_WORKLOAD_NAME: 'backup',
      ISTIO_META_OWNER: 'kubernetes://apis/batch/v1/namespaces/shop/cronjobs/backup',
    });
  });
});
