import { KINDS } from '../../../src/config/kinds.ts';
import { readDocuments } from '../../../src/config/read/read-documents.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { isKubeObject, type KubeObject } from '../../../src/kube/object.ts';
import { pathOf } from '../../../src/kube/resource.ts';

/** Objects of an API server, written as if they lay in files: an object that leaves its file is deleted. */
export class ClusterFiles {
  readonly #client: KubeClient;
  /** Paths of objects, by file. */
  readonly #files = new Map<string, ReadonlySet<string>>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [file, text] of Object.entries(files)) {
      const objects = readDocuments(text, file).map((document) => {
        const parsed = document.parse();
        return parsed.kind === 'value' ? toWritten(parsed.value) : undefined;
      });
      await this.#replace(
        file,
        objects.filter((object) => object !== undefined),
      );
    }
  }

  async remove(file: string): Promise<void> {
    await this.#replace(file, []);
  }

  async removeAll(): Promise<void> {
    for (const file of [...this.#files.keys()]) await this.remove(file);
  }

  async #replace(file: string, objects: readonly KubeObject[]): Promise<void> {
    const before = this.#files.get(file) ?? new Set<string>();
    const paths = new Set(objects.map(pathOfObject));
    this.#files.set(file, paths);
    for (const object of objects)
      await this.#client.patch(pathOfObject(object), object, { type: 'apply', fieldManager: 'test', force: true });
    for (const path of before) if (!paths.has(path)) await this.#client.delete(path);
  }
}

/** Objects that name no namespace are put into `default`, as kubectl does. */
function toWritten(value: unknown): KubeObject {
  if (!isKubeObject(value)) throw new Error(`no object: ${JSON.stringify(value)}`);
  const kind = kindOf(value);
  if (kind.scope === 'cluster') return value;
  return { ...value, metadata: { ...value.metadata, namespace: value.metadata.namespace ?? 'default' } };
}

function pathOfObject(object: KubeObject): string {
  const { group, plural, kind, scope } = kindOf(object);
  const version = object.apiVersion?.split('/').at(-1) ?? '';
  const resource = { group, version, plural, kind, namespaced: scope === 'namespaced' };
  const { name, namespace } = object.metadata;
  return pathOf(resource, { name, ...(namespace !== undefined && { namespace }) });
}

function kindOf({ kind }: KubeObject): (typeof KINDS)[keyof typeof KINDS] {
  const found = Object.values(KINDS).find((known) => known.kind === kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found;
}
