import { isDeepStrictEqual } from 'node:util';
import type { ParseContext } from '../../config/context.ts';
import type { Issue } from '../../model/issue.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import type { Origin } from '../../model/object.ts';

/** A text that holds MeshConfig, and where it stands. */
export interface MeshText {
  readonly text: string;
  readonly origin: Origin;
}

/** Reads MeshConfig, every default filled in; without `mesh` when an issue is an error. */
export type ReadMesh = (written: MeshText) => { readonly mesh?: MeshConfig; readonly issues: readonly Issue[] };

/**
 * The mesh's settings: those of the file, else those of the ConfigMap, else the defaults. Settings with errors leave those before them in
 * force.
 */
export class MeshSettings {
  readonly #read: ReadMesh;
  readonly #defaults: MeshConfig;
  #mesh: MeshConfig;
  #issues: readonly Issue[] = [];
  #written: MeshText | undefined;

  constructor(read: ReadMesh, defaults: MeshConfig) {
    this.#read = read;
    this.#defaults = defaults;
    this.#mesh = defaults;
  }

  /** In force; the identical value as long as its content is equal. */
  get mesh(): MeshConfig {
    return this.#mesh;
  }

  get issues(): readonly Issue[] {
    return this.#issues;
  }

  /** Takes what is written now. */
  update(written: MeshText | undefined): void {
    if (isDeepStrictEqual(written, this.#written)) return;
    this.#written = written;
    const { mesh, issues } = written ? this.#read(written) : { mesh: this.#defaults, issues: [] };
    this.#issues = issues;
    if (mesh && !isDeepStrictEqual(mesh, this.#mesh)) this.#mesh = mesh;
  }
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
