import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../names.ts';
import { ANNOTATION_CHECKS } from './annotations.ts';
import { describeBadValue, listBadValues } from './check-pod-metadata.ts';

/** What each annotation takes, and what it does not. */
const ROWS: Readonly<Record<string, { readonly takes: readonly string[]; readonly refuses: readonly string[] }>> = {
  'sidecar.istio.io/inject': { takes: ['true', 'True', '', 'maybe'], refuses: [] },
  'inject.istio.io/templates': { takes: ['sidecar', 'grpc-agent, custom'], refuses: ['sidecar\nspec:', '{{.}}'] },
  'sidecar.istio.io/interceptionMode': { takes: ['REDIRECT', 'TPROXY', 'NONE'], refuses: ['', 'redirect', 'OTHER'] },
  'sidecar.istio.io/proxyImage': {
    takes: ['', 'foo', 'registry.example.com:5000/istio/proxyv2:1.31.0', `a/b@sha256:${'0'.repeat(64)}`],
    refuses: ['a/b:1"\n  securityContext: {privileged: true}\n  x: "', 'a b', '-a'],
  },
  'sidecar.istio.io/proxyImageType': { takes: ['', 'debug', 'distroless', 'own-1'], refuses: ['debug"', 'a b'] },
  'sidecar.istio.io/proxyCPU': { takes: ['1', '50m', '.5', '1.5', '1e3'], refuses: ['', '-1', 'lots', '1m\n'] },
  'sidecar.istio.io/proxyMemory': { takes: ['128Mi', '1G'], refuses: ['128MiB', '1Gi"\nimage: "x'] },
  'sidecar.istio.io/proxyCPULimit': { takes: ['2'], refuses: ['two'] },
  'sidecar.istio.io/proxyMemoryLimit': { takes: ['1Gi'], refuses: ['1 Gi'] },
  'sidecar.istio.io/logLevel': { takes: ['debug', 'warning,misc:error'], refuses: ['debug\n- --x', 'debug"'] },
  'sidecar.istio.io/componentLogLevel': { takes: ['misc:error,http:debug'], refuses: ["misc:error'", 'misc: error'] },
  'sidecar.istio.io/agentLogLevel': { takes: ['default:info,xdsproxy:debug', ''], refuses: ['default:'] },
  'sidecar.istio.io/nativeSidecar': { takes: ['true', 'false'], refuses: ['true\n'] },
  'sidecar.istio.io/bootstrapOverride': { takes: ['my-bootstrap', 'a.b'], refuses: ['', 'A', 'a"', 'a/b'] },
  'sidecar.istio.io/userVolume': {
    takes: ['{}', '{"data":{"emptyDir":{}}}'],
    refuses: ['', '[]', '{"a":1}', '{"a\\"\\n":{}}', '{'],
  },
  'sidecar.istio.io/userVolumeMount': {
    takes: ['{"data":{"mountPath":"/data","readOnly":true}}'],
    refuses: ['{"data":"/data"}', '{"_":{}}'],
  },
  'sidecar.istio.io/rewriteAppHTTPProbers': { takes: ['true', 'false'], refuses: ['true"'] },
  'sidecar.istio.io/capNetBindService': { takes: ['true'], refuses: ['true"'] },
  'sidecar.istio.io/discoveryAddress': { takes: ['istiod.istio-system.svc:15012'], refuses: ['a:1"'] },
  'sidecar.istio.io/statsInclusionPrefixes': { takes: ['cluster.outbound,http'], refuses: ['a\nb'] },
  'sidecar.istio.io/statsInclusionSuffixes': { takes: ['upstream_rq_timeout'], refuses: ['a"'] },
  'sidecar.istio.io/statsFlushInterval': { takes: ['5s'], refuses: ['5s\n'] },
  'sidecar.istio.io/statsEvictionInterval': { takes: ['1h'], refuses: ['1h\n'] },
  'sidecar.istio.io/statsCompression': { takes: ['true'], refuses: ['"'] },
  'sidecar.istio.io/extraStatTags': { takes: ['one,two'], refuses: ['one{'] },
  'status.sidecar.istio.io/port': { takes: ['0', '15020', ' 15020 '], refuses: ['', '-1', '65536', 'status'] },
  'readiness.status.sidecar.istio.io/initialDelaySeconds': { takes: ['0', '4294967295'], refuses: ['4294967296', ''] },
  'readiness.status.sidecar.istio.io/periodSeconds': { takes: ['15'], refuses: ['1.5', '15s'] },
  'readiness.status.sidecar.istio.io/failureThreshold': { takes: ['4'], refuses: ['-4'] },
  'readiness.status.sidecar.istio.io/applicationPorts': { takes: ['80,443', ''], refuses: ['80\n'] },
  'traffic.sidecar.istio.io/includeOutboundIPRanges': {
    takes: ['*', '', '10.0.0.0/8', '10.0.0.0/8,2001:db8::/32'],
    refuses: ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/8,', '10.0.0.0/8, 11.0.0.0/8', '*,10.0.0.0/8', 'bad'],
  },
  'traffic.sidecar.istio.io/excludeOutboundIPRanges': { takes: ['', '10.0.0.0/8'], refuses: ['*', '10.0.0.1'] },
  'traffic.sidecar.istio.io/includeInboundPorts': { takes: ['*', '', '80,443', ' 80 , 443 '], refuses: ['bad', '80,'] },
  'traffic.sidecar.istio.io/excludeInboundPorts': { takes: ['', '15014'], refuses: ['*', '65536'] },
  'traffic.sidecar.istio.io/includeOutboundPorts': { takes: ['', '80,443', '*'], refuses: ['80"\n- -x', '80\n'] },
  'traffic.sidecar.istio.io/excludeOutboundPorts': { takes: ['22'], refuses: ['ssh'] },
  'traffic.sidecar.istio.io/excludeInterfaces': { takes: ['', 'eth1,br-0'], refuses: ['eth1;rm', 'a'.repeat(17)] },
  'traffic.sidecar.istio.io/kubevirtInterfaces': { takes: ['net1, net2'], refuses: ['net1"'] },
  'istio.io/reroute-virtual-interfaces': { takes: ['net+'], refuses: ['net 1', 'a,,b'] },
  'proxy.istio.io/config': {
    takes: ['', 'concurrency: 4', '{"holdApplicationUntilProxyStarts":true}', 'proxyMetadata:\n  A: "1"'],
    refuses: ['concurrency: many', 'a: [', 'text', ' '.repeat(65537)],
  },
  'proxy.istio.io/overrides': {
    takes: ['{}', '{"containers":[{"name":"istio-proxy","image":"auto"}],"initContainers":null}'],
    refuses: ['[]', '{"containers":[{}]}', '{"volumes":[]}', '{"containers":{}}'],
  },
  'sidecar.istio.io/status': {
    takes: ['{}', '{"initContainers":["istio-init"],"containers":null,"volumes":[],"revision":"default"}'],
    refuses: ['', 'x', '{"containers":"app"}', '{"containers":[1]}'],
  },
  'prometheus.istio.io/merge-metrics': { takes: ['true', 'F'], refuses: ['', 'yes'] },
  'prometheus.istio.io/scrape-targets': { takes: ['9090:/metrics,9091'], refuses: ['9090"'] },
  'prometheus.istio.io/secure-port': { takes: ['15021'], refuses: ['1\n'] },
  'prometheus.io/scrape': { takes: ['true'], refuses: ['true\n'] },
  'prometheus.io/path': { takes: ['/metrics?a=b'], refuses: ['/metrics"'] },
  'prometheus.io/port': { takes: ['9090'], refuses: ['9090"'] },
  'k8s.v1.cni.cncf.io/networks': {
    takes: ['default/a, b@eth1', '[{"name":"a","namespace":"default"}]', ''],
    refuses: ['a"', '[', '["a"]'],
  },
  'apm.datadoghq.com/env': { takes: ['{"DD_ENV":"prod"}'], refuses: ['{"a b":"c"}', '{"A":"b\\"c"}', '{"A":1}', ''] },
  'istio.io/rev': { takes: ['', 'default', '1-31-0'], refuses: ['-a', 'a b'] },
};

const withAnnotation = (name: string, value: string) => ({ metadata: { annotations: { [name]: value } } });

describe('listBadValues', () => {
  it('is asked here about every annotation that it knows, and about all that injection reads', () => {
    expect(Object.keys(ROWS).sort()).toEqual([...ANNOTATION_CHECKS.keys()].sort());
    const written = [ANNOTATION.defaultContainer, ANNOTATION.defaultLogsContainer];
    expect(Object.values(ANNOTATION).filter((name) => !(name in ROWS))).toEqual(expect.arrayContaining(written));
    expect(Object.values(ANNOTATION).filter((name) => !(name in ROWS))).toHaveLength(written.length);
  });

  it.each(Object.entries(ROWS).flatMap(([name, { takes }]) => takes.map((value) => ({ name, value }))))(
    'takes $name with "$value"',
    ({ name, value }) => {
      expect(listBadValues(withAnnotation(name, value))).toEqual([]);
    },
  );

  it.each(Object.entries(ROWS).flatMap(([name, { refuses }]) => refuses.map((value) => ({ name, value }))))(
    'refuses $name with "$value"',
    ({ name, value }) => {
      const bad = { on: 'annotation', name, value, because: expect.any(String) };
      expect(listBadValues(withAnnotation(name, value))).toEqual([bad]);
    },
  );

  it.each([
    { labels: { app: 'reviews', 'topology.istio.io/network': 'n1', other: 'a b"' }, bad: [] },
    { labels: { app: 'a"\n  image: "x' }, bad: ['app'] },
    { labels: { 'topology.istio.io/network': 'n 1', 'service.istio.io/canonical-name': 'x'.repeat(64) }, bad: 2 },
  ])('looks at labels like an API server does: $labels', ({ labels, bad }) => {
    const found = listBadValues({ metadata: { labels } });
    expect(found.map(({ on }) => on)).toEqual(found.map(() => 'label'));
    if (Array.isArray(bad)) expect(found.map(({ name }) => name)).toEqual(bad);
    else expect(found).toHaveLength(bad);
  });

  it('takes a pod without metadata', () => {
    expect(listBadValues({})).toEqual([]);
  });
});

describe('describeBadValue', () => {
  it('says what is wrong on one line, of long values only the beginning', () => {
    const [bad] = listBadValues(withAnnotation('sidecar.istio.io/interceptionMode', `A\n${'B'.repeat(200)}`));
    expect(bad && describeBadValue(bad)).toBe(
      `invalid value 'A\u{fffd}${'B'.repeat(118)}…' for annotation 'sidecar.istio.io/interceptionMode': expected REDIRECT, TPROXY, NONE`,
    );
  });
});
