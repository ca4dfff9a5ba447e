import { existsSync } from 'node:fs';
import path from 'node:path';
import type { PodObject } from './pod-object.ts';

/** Istio's own programs, built by whoever wants to compare. */
export interface IstioPrograms {
  readonly agent: string;
  readonly controlPlane: string;
  /** What its agent makes Envoy's bootstrap of. */
  readonly bootstrap: string;
}

export type IstioSearch =
  | ({ readonly found: true } & IstioPrograms)
  | { readonly found: false; readonly reason: string };

const FILES = { agent: 'pilot-agent', controlPlane: 'pilot-discovery', bootstrap: 'envoy_bootstrap.json' };

/** Looks into the folder that `ISTIO_BIN` names. */
export function findIstio(env: Readonly<Record<string, string | undefined>> = process.env): IstioSearch {
  const folder = env.ISTIO_BIN;
  if (!folder)
    return {
      found: false,
      reason: `set ISTIO_BIN to a folder with ${Object.values(FILES).join(', ')} of Istio to try real peers`,
    };
  const missing = Object.values(FILES).filter((file) => !existsSync(path.join(folder, file)));
  if (missing.length > 0) return { found: false, reason: `ISTIO_BIN=${folder} has no ${missing.join(', no ')}` };
  const place = (name: string) => path.resolve(folder, name);
  return {
    found: true,
    agent: place(FILES.agent),
    controlPlane: place(FILES.controlPlane),
    bootstrap: place(FILES.bootstrap),
  };
}

/** A pod whose proxy is run by Istio's agent: the image `istio`. */
export function withIstioAgent(pod: PodObject, { bootstrap }: IstioPrograms): PodObject {
  const env = [
    { name: 'ISTIO_BOOTSTRAP', value: bootstrap },
    // Nobody is to be asked whether this is some cloud.
    { name: 'CLOUD_PLATFORM', value: 'none' },
  ];
  const containers = pod.spec.containers.map((container) =>
    container.name === 'istio-proxy'
      ? { ...container, image: 'istio', env: [...(container.env ?? []), ...env] }
      : container,
  );
  return { ...pod, spec: { ...pod.spec, containers } };
}
