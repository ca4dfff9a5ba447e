import { isDeepStrictEqual } from 'node:util';
import type { ParseContext } from '../../config/context.ts';
import { defaultMeshConfig, findMeshDocument, MESH_KEY, parseMeshConfig } from '../../config/mesh/parse-mesh-config.ts';
import { ConfigDocument } from '../../config/read/config-document.ts';
import type { Issue } from '../../model/issue.ts';
import type { ConfigMap } from '../../model/kubernetes.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import { DEFAULT_FEATURES, type MeshFeatures } from '../../model/mesh-features.ts';
import type { RawObject } from '../source.ts';

/**
 * The mesh's settings: those of the file, else those of the ConfigMap, else the defaults. Settings with errors leave those before them in
 * force.
 */
export class MeshSettings {
  readonly #domainSuffix: string;
  readonly #features: MeshFeatures;
  #mesh: MeshConfig;
  #issues: readonly Issue[] = [];
  #document: ConfigDocument | undefined;

  constructor(domainSuffix: string, features: MeshFeatures = DEFAULT_FEATURES) {
    this.#domainSuffix = domainSuffix;
    this.#features = features;
    this.#mesh = defaultMeshConfig(domainSuffix, features);
  }

  /** In force; the identical value as long as its content is equal. */
  get mesh(): MeshConfig {
    return this.#mesh;
  }

  get issues(): readonly Issue[] {
    return this.#issues;
  }

  /** Takes what is written now; nothing, when nobody writes settings. */
  update(document: ConfigDocument | undefined): void {
    if (isSamePlace(document, this.#document)) return;
    this.#document = document;
    const { mesh, issues } = document
      ? parseMeshConfig(document, this.#domainSuffix, this.#features)
      : { mesh: defaultMeshConfig(this.#domainSuffix, this.#features), issues: [] };
    this.#issues = issues;
    if (mesh && !isDeepStrictEqual(mesh, this.#mesh)) this.#mesh = mesh;
  }
}

/** The settings in a ConfigMap, as a text of its own whose places are those in the ConfigMap's file. */
export function findSettings(raw: RawObject, map: ConfigMap): ConfigDocument | undefined {
  if (raw instanceof ConfigDocument) return findMeshDocument(raw, map);
  const text = map.data[MESH_KEY];
  return text === undefined ? undefined : new ConfigDocument(`ConfigMap ${map.meta.name} of ${raw.cluster}`, 1, text);
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
