import type { KubeClient } from '../../src/kube/client.ts';
import { ENDPOINT_TYPE } from '../../src/xds/type-url.ts';
import type { Change } from '../mesh/directory.ts';
import {
  destinationRuleObject,
  type KubeObject,
  namespaceObject,
  podObject,
  serviceObject,
  sliceObject,
  virtualServiceObject,
} from '../mesh/objects.ts';
import { type MeshShape, namespaceOf, podName, RULE_STEP, serviceName } from '../mesh/shape.ts';

/** Requests under way at a time. */
const AT_ONCE = 16;
const SLICES = '/apis/discovery.k8s.io/v1';
const ISTIO = '/apis/networking.istio.io/v1';

/** The same mesh as that of the directory, written to an API server. */
export class KubeMesh {
  readonly #client: KubeClient;
  readonly #shape: MeshShape;
  #edits = 0;

  constructor(client: KubeClient, shape: MeshShape) {
    this.#client = client;
    this.#shape = shape;
  }

  /** Writes the whole mesh. */
  async write(): Promise<void> {
    const { services, endpoints, namespaces } = this.#shape;
    await each(namespaces, async (i) => {
      await this.#client.create('/api/v1/namespaces', namespaceObject(`load-${i}`));
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'load' } };
      await this.#client.create(`/api/v1/namespaces/load-${i}/serviceaccounts`, account);
    });
    await each(services * endpoints, (pod) => this.#createPod(pod));
    await each(services, (service) => this.#createService(service));
  }

  /** Adds one endpoint to a service, another one each time. */
  endpointChange(round: number): Change {
    const service = round % this.#shape.services;
    const edit = this.#edits++;
    // Three digits each: no address is the beginning of another.
    const marker = `10.200.${100 + (Math.floor(edit / 100) % 100)}.${100 + (edit % 100)}`;
    const path = `${this.#path(SLICES, service)}/endpointslices/${serviceName(service)}-1`;
    const body = sliceObject(service, this.#shape, marker);
    return {
      typeUrl: ENDPOINT_TYPE,
      marker,
      apply: async () => void (await this.#client.patch(path, body, { type: 'merge' })),
    };
  }

  async #createPod(pod: number): Promise<void> {
    const { status, ...rest } = podObject(pod, this.#shape);
    const service = Math.floor(pod / this.#shape.endpoints);
    const path = `${this.#path('/api/v1', service)}/pods`;
    await this.#client.create(path, rest);
    await this.#client.patch(`${path}/${podName(pod, this.#shape)}/status`, { status }, { type: 'merge' });
  }

  async #createService(service: number): Promise<void> {
    const shape = this.#shape;
    const create = (api: string, plural: string, object: KubeObject) =>
      this.#client.create(`${this.#path(api, service)}/${plural}`, object);
    const { spec, ...rest } = serviceObject(service, shape);
    // The server gives out addresses itself: one that is asked for may be taken.
    await create('/api/v1', 'services', { ...rest, spec: { ...Object(spec), clusterIP: undefined } });
    await create(SLICES, 'endpointslices', sliceObject(service, shape));
    if (service % RULE_STEP !== 0) return;
    await create(ISTIO, 'destinationrules', destinationRuleObject(service, shape));
    await create(ISTIO, 'virtualservices', virtualServiceObject(service, shape, 'start'));
  }

  #path(api: string, service: number): string {
    return `${api}/namespaces/${namespaceOf(service, this.#shape)}`;
  }
}

async function each(count: number, run: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
