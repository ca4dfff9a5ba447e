import { CLUSTER_TYPE, LISTENER_TYPE, type TypeUrl } from '../../src/xds/type-url.ts';
import { findEndpointName, listRouteNames } from './references.ts';
import { listResources, type ScannedResource, type ScannedResponse } from './response.ts';

/** What a client remembers of a resource. */
export interface ReadResource {
  readonly name: string;
  /** Empty in the state-of-the-world protocol. */
  readonly version: string;
  /** Names of the resources that it is completed by: a cluster's endpoints, a listener's routes. */
  readonly references: readonly string[];
}

interface Known {
  readonly bytes: Buffer;
  readonly resource: ReadResource;
}

/**
 * Reads the resources of responses, each distinct one once: proxies of one class are sent the same resources in the
 * same order, so the bytes at a place are compared with those that were read there last.
 */
export class SharedReader {
  readonly #known = new Map<string, Known[]>();

  /** @param proxyClass Names the proxies that are likely to be sent the same. */
  read(proxyClass: string, response: ScannedResponse): readonly ReadResource[] {
    const key = `${response.typeUrl} ${proxyClass}`;
    const known = this.#known.get(key) ?? [];
    this.#known.set(key, known);
    const { bytes, spans } = response;
    const resources: ReadResource[] = [];
    for (let at = 0; at < spans.length; at += 2) {
      const [from = 0, to = 0] = [spans[at], spans[at + 1]];
      const last = known[at / 2];
      if (last !== undefined && isSame(last.bytes, bytes, from, to)) {
        resources.push(last.resource);
        continue;
      }
      const [scanned] = listResources({ ...response, spans: [from, to] });
      if (scanned === undefined) continue;
      const resource = { ...toNames(scanned), references: listReferences(response.typeUrl, bytes, scanned) };
      known[at / 2] = { bytes: Buffer.from(bytes.subarray(from, to)), resource };
      resources.push(resource);
    }
    return resources;
  }
}

function isSame(known: Buffer, bytes: Buffer, from: number, to: number): boolean {
  return known.length === to - from && bytes.compare(known, 0, known.length, from, to) === 0;
}

function toNames({ name, version }: ScannedResource): Pick<ReadResource, 'name' | 'version'> {
  return { name, version };
}

function listReferences(typeUrl: TypeUrl, bytes: Buffer, resource: ScannedResource): readonly string[] {
  if (typeUrl === LISTENER_TYPE) return listRouteNames(bytes, resource);
  const endpoints = typeUrl === CLUSTER_TYPE ? findEndpointName(bytes, resource) : undefined;
  return endpoints === undefined ? [] : [endpoints];
}
