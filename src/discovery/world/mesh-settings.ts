import { isDeepStrictEqual } from 'node:util';
import type { ParseContext } from '../../config/context.ts';
import {
  defaultMeshConfig,
  findMeshDocument,
  MESH_KEY,
  parseMeshConfig,
  type WrittenMeshConfig,
} from '../../config/mesh/parse-mesh-config.ts';
import { findNetworksDocument, NETWORKS_KEY, parseMeshNetworks } from '../../config/mesh/parse-mesh-networks.ts';
import { ConfigDocument } from '../../config/read/config-document.ts';
import type { Issue } from '../../model/issue.ts';
import type { ConfigMap } from '../../model/kubernetes.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import { DEFAULT_FEATURES, type MeshFeatures } from '../../model/mesh-features.ts';
import { listAddressGateways, type MeshNetwork } from '../../model/mesh-network.ts';
import type { RawObject } from '../source.ts';

/**
 * The mesh's settings and networks: those of the files, else those of the ConfigMap, else the defaults. Settings with errors leave those before
 * them in force.
 */
export class MeshSettings {
  readonly #domainSuffix: string;
  readonly #features: MeshFeatures;
  #mesh: MeshConfig;
  #written: WrittenMeshConfig = {};
  readonly #settings: Written<MeshConfig>;
  readonly #networks = new Written<readonly MeshNetwork[]>([]);

  constructor(domainSuffix: string, features: MeshFeatures = DEFAULT_FEATURES) {
    this.#domainSuffix = domainSuffix;
    this.#features = features;
    this.#settings = new Written(defaultMeshConfig(domainSuffix, features));
    this.#mesh = this.#settings.value;
  }

  /** In force; the identical value as long as its content is equal. */
  get mesh(): MeshConfig {
    return this.#mesh;
  }

  /** What those in force were made of, nothing filled in; the identical value as long as its content is equal. */
  get written(): WrittenMeshConfig {
    return this.#written;
  }

  get issues(): readonly Issue[] {
    return [...this.#settings.issues, ...this.#networks.issues];
  }

  /**
   * Takes what is written now; nothing, when nobody writes settings.
   *
   * @param shared Settings below those of the document; alone, they are the settings.
   */
  update(document: ConfigDocument | undefined, shared?: ConfigDocument): void {
    const [domainSuffix, features] = [this.#domainSuffix, this.#features];
    const isNew = this.#settings.update([document, shared], () => {
      const below = shared && parseMeshConfig(shared, { domainSuffix, features });
      if (document === undefined) {
        if (below === undefined) this.#written = {};
        else this.#keepWritten(below.written);
        return { value: below ? below.mesh : defaultMeshConfig(domainSuffix, features), issues: below?.issues ?? [] };
      }
      const { mesh, written, issues } = parseMeshConfig(document, { domainSuffix, features, shared });
      // Without the settings it shares, a mesh would be another than anybody wrote.
      const isWhole = below === undefined || below.mesh !== undefined;
      if (isWhole) this.#keepWritten(written);
      return { value: isWhole ? mesh : undefined, issues: [...(below?.issues ?? []), ...issues] };
    });
    if (isNew) this.#unite();
  }

  /** Takes the networks that are written now. */
  updateNetworks(document: ConfigDocument | undefined): void {
    const isNew = this.#networks.update([document], () => {
      const { networks, issues } = document ? parseMeshNetworks(document) : { networks: [], issues: [] };
      return { value: networks, issues };
    });
    if (isNew) this.#unite();
  }

  #keepWritten(written: WrittenMeshConfig | undefined): void {
    if (written !== undefined && !isDeepStrictEqual(written, this.#written)) this.#written = written;
  }

  #unite(): void {
    const mesh = this.#settings.value;
    const networks = this.#networks.value;
    const networkGateways = listAddressGateways(networks);
    this.#mesh = {
      ...mesh,
      ...(networks.length > 0 && { networks }),
      ...(networkGateways.length > 0 && { networkGateways }),
    };
  }
}

type Texts = readonly (ConfigDocument | undefined)[];

/** What texts say, as of their last version without errors; the identical value as long as they say the same. */
class Written<T> {
  #value: T;
  #issues: readonly Issue[] = [];
  #texts: Texts = [];

  constructor(absent: T) {
    this.#value = absent;
  }

  get value(): T {
    return this.#value;
  }

  get issues(): readonly Issue[] {
    return this.#issues;
  }

  /** @returns whether they say something else now. */
  update(texts: Texts, read: () => { readonly value?: T | undefined; readonly issues: readonly Issue[] }): boolean {
    if (texts.every((text, index) => isSamePlace(text, this.#texts[index]))) return false;
    this.#texts = texts;
    const { value, issues } = read();
    this.#issues = issues;
    if (value === undefined || isDeepStrictEqual(value, this.#value)) return false;
    this.#value = value;
    return true;
  }
}

/** The settings in a ConfigMap, as a text of its own whose places are those in the ConfigMap's file. */
export function findSettings(raw: RawObject, map: ConfigMap): ConfigDocument | undefined {
  return raw instanceof ConfigDocument ? findMeshDocument(raw, map) : findTextOf(map, MESH_KEY, raw.cluster);
}

/** The same for the networks. */
export function findNetworks(raw: RawObject, map: ConfigMap): ConfigDocument | undefined {
  return raw instanceof ConfigDocument ? findNetworksDocument(raw, map) : findTextOf(map, NETWORKS_KEY, raw.cluster);
}

function findTextOf({ meta, data }: ConfigMap, key: string, cluster: string): ConfigDocument | undefined {
  const text = data[key];
  return text === undefined ? undefined : new ConfigDocument(`ConfigMap ${meta.name} of ${cluster}`, 1, text);
}

/** What of the mesh's settings shapes how objects are read. */
export function toParseContext(mesh: MeshConfig): Omit<ParseContext, 'defaultNamespace' | 'nowMs'> {
  return {
    domainSuffix: mesh.domainSuffix,
    rootNamespace: mesh.rootNamespace,
    defaultServiceExportTo: mesh.defaultServiceExportTo,
    defaultVirtualServiceExportTo: mesh.defaultVirtualServiceExportTo,
    defaultDestinationRuleExportTo: mesh.defaultDestinationRuleExportTo,
  };
}

function isSamePlace(a: ConfigDocument | undefined, b: ConfigDocument | undefined): boolean {
  return a === b || (a !== undefined && a.file === b?.file && a.line === b.line && a.identity === b.identity);
}
