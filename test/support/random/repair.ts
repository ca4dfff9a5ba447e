import { DEFAULT_CONTEXT } from '../../../src/config/context.ts';
import { parseMeshConfig } from '../../../src/config/mesh/parse-mesh-config.ts';
import { parseObject } from '../../../src/config/parse-object.ts';
import { ConfigDocument } from '../../../src/config/read/config-document.ts';
import type { Issue } from '../../../src/model/issue.ts';

/** An object of a user, as JSON. */
export type Plain = Readonly<Record<string, unknown>>;

/** An object that is never right after so many repairs is given up. */
const ROUNDS = 25;

/** The object without what its checks complain of; `undefined` when nothing that is right is left. */
export function repairObject(object: Plain): Plain | undefined {
  return repair(object, (candidate) => {
    const document = new ConfigDocument('random.yaml', 1, JSON.stringify(candidate));
    return parseObject(document, DEFAULT_CONTEXT).issues;
  });
}

/** The same for settings of the mesh. */
export function repairMesh(mesh: Plain): Plain {
  const issuesOf = (candidate: Plain) =>
    parseMeshConfig(new ConfigDocument('mesh.yaml', 1, JSON.stringify(candidate)), { domainSuffix: 'cluster.local' })
      .issues;
  return repair(mesh, issuesOf) ?? {};
}

function repair(object: Plain, issuesOf: (candidate: Plain) => readonly Issue[]): Plain | undefined {
  let candidate = structuredClone(object);
  for (let round = 0; round < ROUNDS; round++) {
    const error = issuesOf(candidate).find(({ severity }) => severity === 'error');
    if (error === undefined) return candidate;
    candidate = structuredClone(candidate);
    // What is missing cannot be taken away; what it is missing from can.
    const path = error.code === 'FIELD_MISSING' ? error.path.slice(0, -1) : error.path;
    if (!takeAway(candidate, path)) return undefined;
  }
  return undefined;
}

/** Removes the deepest part of a path that is there. @returns whether something went. */
function takeAway(root: unknown, path: readonly (string | number)[]): boolean {
  for (let length = path.length; length > 0; length--) {
    const owner = path.slice(0, length - 1).reduce<unknown>((value, key) => Object(value)[key], root);
    const key = path[length - 1];
    if (key === undefined || typeof owner !== 'object' || owner === null || !Object.hasOwn(owner, key)) continue;
    // The object's own name and kind are not what is random.
    if (length === 1) return false;
    if (Array.isArray(owner)) owner.splice(Number(key), 1);
    else Reflect.deleteProperty(owner, key);
    return true;
  }
  return false;
}
