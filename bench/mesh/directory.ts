import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { ENDPOINT_TYPE, ROUTE_TYPE, type TypeUrl } from '../../src/xds/type-url.ts';
import {
  destinationRuleObject,
  type KubeObject,
  listPods,
  namespaceObject,
  podObject,
  serviceObject,
  sliceObject,
  virtualServiceObject,
} from './objects.ts';
import { type MeshShape, namespaceOf, RULE_STEP, serviceName } from './shape.ts';

/** One edit of the mesh, and how a proxy's stream shows that it has arrived. */
export interface Change {
  readonly typeUrl: TypeUrl;
  /** Text that occurs in the response that brings the change, and nowhere before. */
  readonly marker: string;
  /** Puts the new file in the place of the old one. */
  readonly apply: () => void | Promise<void>;
}

/** A generated mesh: a folder for each namespace; what changes during a run has files of its own. */
export class MeshDirectory {
  readonly root: string;
  readonly #shape: MeshShape;
  #edits = 0;

  constructor(root: string, shape: MeshShape) {
    this.root = root;
    this.#shape = shape;
  }

  /** Writes the whole mesh. */
  write(): void {
    const { services, namespaces } = this.#shape;
    for (let i = 0; i < namespaces; i++) {
      const namespace = `load-${i}`;
      mkdirSync(path.join(this.root, namespace), { recursive: true });
      this.#put(path.join(namespace, 'namespace.yaml'), [namespaceObject(namespace)]);
    }
    for (let service = 0; service < services; service++) this.#writeService(service);
  }

  /** Adds one endpoint to a service, another one each time. */
  endpointChange(round: number): Change {
    const service = round % this.#shape.services;
    const edit = this.#edits++;
    // Three digits each: no address is the beginning of another.
    const marker = `10.200.${100 + (Math.floor(edit / 100) % 100)}.${100 + (edit % 100)}`;
    return this.#change(ENDPOINT_TYPE, marker, [service, 'endpoints', sliceObject(service, this.#shape, marker)]);
  }

  /** Gives a weighted route another header value. */
  routeChange(round: number): Change {
    const service = (round * RULE_STEP) % this.#shape.services;
    const marker = `mark-${1000 + this.#edits++}-`;
    return this.#change(ROUTE_TYPE, marker, [service, 'route', virtualServiceObject(service, this.#shape, marker)]);
  }

  #change(typeUrl: TypeUrl, marker: string, [service, part, object]: [number, string, KubeObject]): Change {
    return { typeUrl, marker, apply: () => this.#put(this.#file(service, part), [object]) };
  }

  #writeService(service: number): void {
    const shape = this.#shape;
    const pods = listPods(service, shape).map((pod) => podObject(pod, shape));
    this.#put(this.#file(service), [serviceObject(service, shape), ...pods]);
    this.#put(this.#file(service, 'endpoints'), [sliceObject(service, shape)]);
    if (service % RULE_STEP !== 0) return;
    this.#put(this.#file(service, 'rule'), [destinationRuleObject(service, shape)]);
    this.#put(this.#file(service, 'route'), [virtualServiceObject(service, shape, 'start')]);
  }

  #file(service: number, part?: string): string {
    const name = part === undefined ? serviceName(service) : `${serviceName(service)}.${part}`;
    return path.join(namespaceOf(service, this.#shape), `${name}.yaml`);
  }

  /** As careful editors save: a reader finds the old file or the new one. */
  #put(file: string, objects: readonly KubeObject[]): void {
    const target = path.join(this.root, file);
    const fresh = path.join(path.dirname(target), `.${path.basename(target)}.tmp`);
    writeFileSync(fresh, objects.map((object) => stringify(object)).join('---\n'));
    renameSync(fresh, target);
  }
}
