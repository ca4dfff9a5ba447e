import { DEFAULT_FEATURES, type MeshFeatures } from '../../../src/model/mesh-features.ts';
import { compileCase } from '../golden/compiled-case.ts';
import type { AskingProxy } from '../golden/golden-case.ts';
import { ABSENT, select } from '../golden/select.ts';

/** What a proxy is given for a mesh. */
export interface FactMesh {
  /** A part of it, as `support/golden/select.ts` reads paths; `undefined` for what is not there. */
  show(path: string): unknown;
  /** What compiling brought to light. */
  readonly notes: readonly string[];
  /** What reading brought to light. */
  readonly issues: readonly string[];
}

/** A gateway of `istio-system` that carries the label of an ingress. */
export const INGRESS: AskingProxy = { router: 'istio-system/ingressgateway' };

/**
 * Runs a mesh through the whole control plane, without its sockets, and looks at it through one proxy: by default istio-proxy with its agent, in
 * namespace `default`.
 */
export async function meshOf(
  objects: readonly string[],
  proxy: AskingProxy = {},
  switches: Partial<MeshFeatures> = {},
): Promise<FactMesh> {
  const compiled = await compileCase(
    {
      question: { proxy: { agent: true, istio: true, ...proxy } },
      files: { 'mesh.yaml': objects.map((text) => text.trim()).join('\n---\n') },
    },
    { features: { ...DEFAULT_FEATURES, ...switches } },
  );
  return {
    show: (path) => {
      const found = select(compiled, path);
      return found === ABSENT ? undefined : plain(found);
    },
    notes: compiled.notes,
    issues: compiled.issues,
  };
}

/** A plain copy: lists that a pattern gave are of a class of their own, which comparisons would see. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
