import type { KubeClient } from '../../../src/kube/client.ts';

/** Endpoints of a slice, as Kubernetes' own controller makes them. */
const SLICE = 100;
const PODS = '/api/v1/namespaces/default/pods';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

export interface RollingService {
  create(): Promise<void>;
  /** Replaces every Pod by another at another address, slice after slice, as a Deployment does. */
  roll(): Promise<void>;
  remove(): Promise<void>;
  /** `ip:port` of all Pods that are there now, sorted. */
  addresses(): readonly string[];
}

/** A service with Pods and EndpointSlices, written by the test: there are no controllers here. */
export function rollingService(
  client: KubeClient,
  { name, pods }: { readonly name: string; readonly pods: number },
): RollingService {
  let generation = 0;
  const indexes = Array.from({ length: pods }, (_, index) => index);
  const ipOf = (index: number) => `10.${100 + generation}.${Math.floor(index / 250)}.${(index % 250) + 1}`;
  const podOf = (index: number, of = generation) => `${name}-${of}-${index}`;
  const slices = Array.from({ length: Math.ceil(pods / SLICE) }, (_, slice) =>
    indexes.slice(slice * SLICE, (slice + 1) * SLICE),
  );

  const toSlice = (slice: number) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-${slice}`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: (slices[slice] ?? []).map((index) => ({
      addresses: [ipOf(index)],
      conditions: { ready: true },
      targetRef: { kind: 'Pod', name: podOf(index), namespace: 'default' },
    })),
  });

  const createPod = async (index: number) => {
    const metadata = { name: podOf(index), labels: { app: name } };
    const spec = { automountServiceAccountToken: false, containers: [{ name: 'app', image: 'app' }] };
    await client.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
    const ip = ipOf(index);
    const conditions = [{ type: 'Ready', status: 'True' }];
    const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions };
    await client.patch(`${PODS}/${podOf(index)}/status`, { status }, { type: 'merge' });
  };
  const deletePod = (pod: string) =>
    client.request({ method: 'DELETE', path: `${PODS}/${pod}`, query: { gracePeriodSeconds: 0 } });

  return {
    async create() {
      const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
      await client.create('/api/v1/namespaces/default/services', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { selector: { app: name }, ports },
      });
      for (const members of slices) await Promise.all(members.map(createPod));
      for (const slice of slices.keys()) await client.create(SLICES, toSlice(slice));
    },
    async roll() {
      generation++;
      for (const [slice, members] of slices.entries()) {
        await Promise.all(members.map(createPod));
        await client.replace(`${SLICES}/${name}-${slice}`, toSlice(slice));
        await Promise.all(members.map((index) => deletePod(podOf(index, generation - 1))));
      }
    },
    async remove() {
      await client.delete(`/api/v1/namespaces/default/services/${name}`);
      for (const slice of slices.keys()) await client.delete(`${SLICES}/${name}-${slice}`);
      for (const members of slices) await Promise.all(members.map((index) => deletePod(podOf(index))));
    },
    addresses: () => indexes.map((index) => `${ipOf(index)}:8080`).sort(),
  };
}
