import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where a real istiod is, or why none is compared with. */
export type IstioSearch =
  | { readonly found: true; readonly istiod: string }
  | { readonly found: false; readonly reason: string };

/** Looks for `pilot-discovery` in the folder that `ISTIO_BIN` names. It is built from Istio's source and never part of this repository. */
export function findIstio(env: NodeJS.ProcessEnv = process.env): IstioSearch {
  const folder = env.ISTIO_BIN;
  if (!folder) return { found: false, reason: 'ISTIO_BIN names no folder with a pilot-discovery' };
  const istiod = path.join(folder, 'pilot-discovery');
  if (existsSync(istiod)) return { found: true, istiod };
  return { found: false, reason: `there is no pilot-discovery in ISTIO_BIN=${folder}` };
}
