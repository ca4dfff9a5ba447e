import type { EndpointSlice, KubeService, Pod } from '../../model/kubernetes.ts';
import type { Labels } from '../../model/object.ts';
import type { ServiceEntry } from '../../model/service-entry.ts';
import type { WorkloadEntry } from '../../model/workload-entry.ts';

/** The objects of one namespace that make services and endpoints, by name. Services and selectors never reach across namespaces. */
export class NamespaceObjects {
  readonly name: string;
  annotations: Readonly<Record<string, string>> = {};
  labels: Labels = {};
  readonly services = new Map<string, KubeService>();
  readonly serviceEntries = new Map<string, ServiceEntry>();
  readonly workloadEntries = new Map<string, WorkloadEntry>();
  readonly pods = new Map<string, Pod>();
  readonly #slices = new Map<string, Map<string, EndpointSlice>>();
  /** Pods on the network of their Node share its address. */
  readonly #podsByIp = new Map<string, Set<Pod>>();

  constructor(name: string) {
    this.name = name;
  }

  /** Whether nothing is left of it. */
  get isEmpty(): boolean {
    const maps = [this.services, this.serviceEntries, this.workloadEntries, this.pods, this.#slices];
    const said = [...Object.keys(this.annotations), ...Object.keys(this.labels)];
    return maps.every((map) => map.size === 0) && said.length === 0;
  }

  /** The slices of a service, by name. */
  slicesOf(service: string): readonly EndpointSlice[] {
    const slices = this.#slices.get(service);
    return slices ? [...slices].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, slice]) => slice) : [];
  }

  /** Every service that has slices, and those slices. */
  listSlices(): Iterable<readonly [service: string, slices: Iterable<EndpointSlice>]> {
    return [...this.#slices].map(([service, slices]) => [service, slices.values()] as const);
  }

  putSlice(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    const old = before && serviceOfSlice(before);
    if (before && old !== undefined) {
      const slices = this.#slices.get(old);
      slices?.delete(before.meta.name);
      if (slices?.size === 0) this.#slices.delete(old);
    }
    const service = after && serviceOfSlice(after);
    if (!after || service === undefined) return;
    const slices = this.#slices.get(service) ?? new Map<string, EndpointSlice>();
    this.#slices.set(service, slices.set(after.meta.name, after));
  }

  putPod(before: Pod | undefined, after: Pod | undefined): void {
    if (before) {
      this.pods.delete(before.meta.name);
      for (const ip of before.ips) this.#removeAt(ip, before);
    }
    if (after === undefined) return;
    this.pods.set(after.meta.name, after);
    if (hasAddress(after))
      for (const ip of after.ips) this.#podsByIp.set(ip, (this.#podsByIp.get(ip) ?? new Set()).add(after));
  }

  podAt(ip: string): Pod | undefined {
    const [first, ...others] = this.#podsByIp.get(ip) ?? [];
    return others.reduce((found, pod) => (found && found.meta.name < pod.meta.name ? found : pod), first);
  }

  #removeAt(ip: string, pod: Pod): void {
    const pods = this.#podsByIp.get(ip);
    if (pods?.delete(pod) && pods.size === 0) this.#podsByIp.delete(ip);
  }
}

/** Whether a Pod can be found by its address: one that has ended, or is about to, may have lost it to another. */
export function hasAddress(pod: Pod): boolean {
  return pod.ips.length > 0 && !pod.deleting && pod.phase !== 'Failed' && pod.phase !== 'Succeeded';
}

/** The service a slice belongs to; `undefined` for slices that are not this mesh's to use. */
export function serviceOfSlice(slice: EndpointSlice): string | undefined {
  if (slice.addressType === 'FQDN' || slice.meta.labels['multicluster.x-k8s.io/service-name'] !== undefined)
    return undefined;
  return slice.meta.labels['kubernetes.io/service-name'] || undefined;
}
