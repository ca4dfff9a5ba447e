import { createBackoff } from '../kit/backoff.ts';
import { type Clock, sleep, systemClock } from '../kit/clock.ts';
import { Fault } from '../kit/fault.ts';
import { createLog } from '../kit/log.ts';
import type { KubeClient } from '../kube/client.ts';
import { isKubeFault } from '../kube/fault.ts';
import { isRecord, type KubeObject } from '../kube/object.ts';
import { pathOf, type Resource } from '../kube/resource.ts';
import { caFault } from './fault.ts';
import { isStillWanted } from './folder-source.ts';
import type { NamedTexts } from './material-files.ts';
import type { CaStore, SourceWatcher, StoredFiles } from './store.ts';

/** Which Secret it is. */
export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

const SECRETS: Resource = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
/** @see istio security/pkg/k8s/secret, `istioCASecretType` */
const TYPE = 'istio.io/ca-root';
const WATCH_SECONDS = 300;

const log = createLog('ca');

/**
 * Material in a Secret: `istio-ca-secret`, which every replica and every version of Istio knows, or `cacerts`.
 */
export class KubeCaStore implements CaStore {
  readonly place: string;
  readonly #client: KubeClient;
  readonly #secret: SecretName;
  readonly #clock: Clock;

  constructor(client: KubeClient, secret: SecretName, clock: Clock = systemClock) {
    this.place = `Secret ${secret.namespace}/${secret.name}`;
    this.#client = client;
    this.#secret = secret;
    this.#clock = clock;
  }

  /** The Secret's data, decoded. */
  async read(): Promise<StoredFiles | undefined> {
    const found = await this.#client.get(pathOf(SECRETS, this.#secret));
    return found === undefined ? undefined : toStored(found);
  }

  /** The API server decides who of several is first. */
  async create(files: NamedTexts): Promise<StoredFiles | undefined> {
    const { name, namespace } = this.#secret;
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: TYPE, data: toData(files) };
    try {
      return toStored(await this.#client.create(pathOf(SECRETS, { namespace }), secret));
    } catch (error) {
      if (isKubeFault(error, 409)) return undefined;
      throw error;
    }
  }

  /** Type, labels and everything else of the Secret stay. */
  async replace(files: NamedTexts, version: string): Promise<StoredFiles> {
    const path = pathOf(SECRETS, this.#secret);
    const before = await this.#client.get(path);
    if (before?.metadata.resourceVersion !== version) throw this.#conflict();
    try {
      return toStored(await this.#client.replace(path, { ...before, data: toData(files) }));
    } catch (error) {
      if (isKubeFault(error, 409)) throw this.#conflict();
      throw error;
    }
  }

  /** Watches this one Secret; after every break it is read anew, so that nothing is missed. */
  async watch({ since, tell }: SourceWatcher, signal: AbortSignal): Promise<void> {
    const backoff = createBackoff({ baseMs: 500, maxMs: 30_000 });
    let told = since;
    const tellOnce = (stored: StoredFiles | undefined) => {
      backoff.reset();
      if (stored?.version === told) return;
      told = stored?.version;
      tell(stored);
    };
    while (!signal.aborted) {
      try {
        await this.#watchOnce(tellOnce, signal);
      } catch (error) {
        if (signal.aborted) return;
        log.warn(
          { event: 'ca.watch', detail: Fault.from(error).message },
          `${this.place} cannot be watched at present`,
        );
        if (!(await isStillWanted(sleep(this.#clock, backoff.next(), signal)))) return;
      }
    }
  }

  async #watchOnce(tell: (stored: StoredFiles | undefined) => void, signal: AbortSignal): Promise<void> {
    const collection = pathOf(SECRETS, { namespace: this.#secret.namespace });
    const fieldSelector = `metadata.name=${this.#secret.name}`;
    let resourceVersion = '';
    for await (const page of this.#client.listPages(collection, { fieldSelector, signal })) {
      resourceVersion = page.resourceVersion;
      const [found] = page.items;
      tell(found === undefined ? undefined : toStored(found));
    }
    const options = { resourceVersion, timeoutSeconds: WATCH_SECONDS, fieldSelector, signal };
    for await (const event of this.#client.watch(collection, options)) {
      if (event.type === 'BOOKMARK') continue;
      tell(event.type === 'DELETED' ? undefined : toStored(event.object));
    }
  }

  #conflict(): Fault {
    return caFault('CA_STORE_CONFLICT', `${this.place} was changed by another replica`);
  }
}

function toStored(secret: KubeObject): StoredFiles {
  const data = isRecord(secret.data) ? secret.data : {};
  const files = Object.entries(data).flatMap(([name, text]): (readonly [string, string])[] =>
    typeof text === 'string' ? [[name, Buffer.from(text, 'base64').toString('utf8')]] : [],
  );
  return { files: Object.fromEntries(files), version: secret.metadata.resourceVersion ?? '' };
}

function toData(files: NamedTexts): NamedTexts {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, Buffer.from(text, 'utf8').toString('base64')]),
  );
}
