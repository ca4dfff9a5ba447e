import { isWildcard } from '../../model/host.ts';
import type { Service } from '../../model/service.ts';

/** Places in 240.240.0.0/16, counted from 1 so that no address ends in `.0`. */
const PLACES = 256 * 254;
/** The largest prime below; makes the steps of different hosts differ. */
const STEP_PRIME = 65_011;
const OPT_OUT = 'networking.istio.io/enable-autoallocate-ip';

/** What one service was given; equal places give the identical value. */
export type AutoAddresses = readonly [ipv4: string, ipv6: string];

/**
 * Allocates an address to every ServiceEntry host that has none, for proxies that answer DNS themselves: TCP services of one port can then be
 * told apart. An address depends only on `namespace/host` unless two hosts fall on one place; then on which of them comes first in `services`.
 * The same mesh has the same addresses after a restart and in every replica.
 *
 * Istio's older, in-memory scheme; two things differ so that one host's address never depends on how many others exist: the last byte is not
 * shifted by earlier hosts, and both hexadecimal digits of an IPv6 byte are written.
 * @see istio pilot/pkg/serviceregistry/serviceentry/controller.go `autoAllocateIPs`
 */
export function allocateAddresses(services: readonly Service[]): ReadonlyMap<string, AutoAddresses> {
  const taken = new Map<number, string>();
  const given = new Map<string, AutoAddresses>();
  for (const service of services) {
    const key = `${service.namespace}/${service.hostname}`;
    if (!needsAddress(service) || given.has(key) || taken.size >= MAX_HOSTS) continue;
    const place = findPlace(hashOf(key), taken);
    taken.set(place, key);
    given.set(key, addressesAt(place));
  }
  return given;
}

/** Whether a service takes part: it has a name to ask for, no address, and Envoy knows where to send what reaches it. */
export function needsAddress(service: Service): boolean {
  if (service.registry !== 'external' || service.addresses.length > 0 || service.autoAddresses.length > 0) return false;
  if (service.resolution === 'passthrough' || service.labels[OPT_OUT]?.toLowerCase() === 'false') return false;
  return !isWildcard(service.hostname) || service.resolution === 'dynamic-dns';
}

/** Jumps before the next free place is taken. */
const MAX_STEPS = 64;
/** Beyond this many the search for a free place gets long; they have no address then. */
const MAX_HOSTS = 60_000;

function findPlace(hash: number, taken: ReadonlyMap<number, string>): number {
  const step = STEP_PRIME - (hash % STEP_PRIME);
  let place = hash % PLACES;
  for (let i = 1; taken.has(place) || (place + 1) % 255 === 0; i++) {
    // Steps that share a factor with the number of places never reach all of them.
    place = (i <= MAX_STEPS ? hash + i * step : place + 1) % PLACES;
  }
  return place;
}

function addressesAt(place: number): AutoAddresses {
  const high = Math.floor((place + 1) / 255);
  const low = (place + 1) % 255;
  return [`240.240.${high}.${low}`, `2001:2::f0f0:${((high << 8) | low).toString(16)}`];
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
