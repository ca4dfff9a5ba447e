import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../../src/config/kinds.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { pathOf } from '../../../src/kube/resource.ts';

/** The objects of one case after the other on one API server: what two cases share stays as it is. */
export class Stage {
  readonly #client: KubeClient;
  readonly #placed = new Map<string, KubeObject>();
  readonly #namespaces = new Set<string>(['default']);

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** Makes these objects the only ones. @throws KubeFault for one that the server refuses. */
  async set(objects: readonly KubeObject[]): Promise<void> {
    const next = new Map(objects.map((object) => [pathOfObject(object), object]));
    for (const [path] of this.#placed) if (!next.has(path)) await this.#remove(path);
    for (const [path, object] of next) {
      if (isDeepStrictEqual(this.#placed.get(path), object)) continue;
      if (this.#placed.has(path)) await this.#remove(path);
      await this.#place(path, object);
    }
  }

  async addNamespace(name: string): Promise<void> {
    if (this.#namespaces.has(name)) return;
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await this.#client.patch(`/api/v1/namespaces/${name}`, object, APPLY);
    this.#namespaces.add(name);
  }

  async #place(path: string, object: KubeObject): Promise<void> {
    const { namespace } = object.metadata;
    if (namespace !== undefined) await this.addNamespace(namespace);
    const { status, ...rest } = object;
    // A namespace that is deleted stays `Terminating` where no controller ends it.
    if (object.kind !== 'Namespace') this.#placed.set(path, object);
    const isCore = object.apiVersion === 'v1';
    await this.#client.patch(path, isCore ? rest : object, APPLY);
    if (isCore && status !== undefined) {
      const { apiVersion, kind, metadata } = object;
      await this.#client.patch(`${path}/status`, { apiVersion, kind, metadata: bare(metadata), status }, APPLY);
    }
  }

  async #remove(path: string): Promise<void> {
    this.#placed.delete(path);
    // Nobody is there to end a Pod in time.
    await this.#client.request({ method: 'DELETE', path, query: { gracePeriodSeconds: '0' } });
  }
}

const APPLY = { type: 'apply', fieldManager: 'parity', force: true } as const;

const bare = ({ name, namespace }: KubeObject['metadata']) => ({ name, ...(namespace !== undefined && { namespace }) });

function pathOfObject(object: KubeObject): string {
  const found = Object.values(KINDS).find(({ kind }) => kind === object.kind);
  if (found === undefined) throw new Error(`no kind ${object.kind}`);
  const { group, plural, kind, scope } = found;
  const version = object.apiVersion?.split('/').at(-1) ?? '';
  const { name, namespace } = object.metadata;
  const resource = { group, version, plural, kind, namespaced: scope === 'namespaced' };
  return pathOf(resource, { name, ...(namespace !== undefined && { namespace }) });
}
