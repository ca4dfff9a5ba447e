import fc from 'fast-check';
import { randomMeshes, toFiles } from '../random/mesh.ts';
import { type ParityCase, toCase } from './parity-case.ts';
import { isPlain } from './plain.ts';

const PROXIES: ParityCase['proxies'] = [
  { sidecar: 'default/echo-v1-1', ip: '10.1.0.1', labels: { app: 'echo', version: 'v1' }, agent: true },
  { sidecar: 'other/client', ip: '10.2.0.1', labels: { app: 'client' }, agent: true },
  { router: 'default/gw', ip: '10.2.0.2', agent: true },
];

/**
 * Meshes of random objects that are right by themselves; the same ones for the same seed. Settings of the mesh are left alone, and so is what
 * istiod is known to do otherwise.
 */
export function listRandomCases(count: number, seed: number): readonly ParityCase[] {
  return fc.sample(randomMeshes(8), { numRuns: count, seed }).map((mesh, i) => {
    const objects = mesh.objects.filter((object) => !isKnownToDiffer(object));
    return toCase(`random ${seed}.${i}`, PROXIES, Object.values(toFiles({ objects })));
  });
}

/** Names of Kubernetes' own services, which ServiceEntries may not take here; of others, istiod mixes upper and lower case. */
const TAKEN = /^(echo|db|other)(\.|$)|[A-Z]/;

const CAPTURE_PORTS = [15001, 15006];

function isKnownToDiffer({ kind, spec }: Readonly<Record<string, unknown>>): boolean {
  if (!isPlain(spec)) return false;
  // An endpoint without an address would be refused by Envoy.
  if (kind === 'WorkloadEntry') return spec.address === undefined;
  if (kind !== 'ServiceEntry') return false;
  const { hosts = [], addresses = [], ports = [] } = spec;
  // So would be a second listener at the port of all captured connections.
  const isCapturing = (port: unknown) => isPlain(port) && CAPTURE_PORTS.includes(Number(port.number));
  if (Array.isArray(ports) && ports.some(isCapturing)) return true;
  const isTaking = Array.isArray(hosts) && hosts.some((host) => TAKEN.test(String(host)));
  return isTaking || (Array.isArray(addresses) && (addresses.length > 1 || addresses.includes('0.0.0.0/0')));
}
