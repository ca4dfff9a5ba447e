import { BlockList, isIP } from 'node:net';
import type { Fault } from '../../kit/fault.ts';
import { captureFault } from './fault.ts';
import type { Family } from './rule.ts';

/** A list that may be everything. */
export type OrAll<T> = '*' | readonly T[];

/**
 * What of a pod's traffic goes through its proxy.
 * @see istio tools/istio-iptables/pkg/config/config.go, whose defaults the command has
 */
export interface CaptureSettings {
  readonly proxyPort: number;
  readonly inboundPort: number;
  /** HBONE; never captured. */
  readonly tunnelPort: number;
  readonly proxyUids: readonly number[];
  readonly proxyGids: readonly number[];
  readonly mode: 'REDIRECT' | 'TPROXY';
  /** Set on packets that go to the proxy in TPROXY mode, and looked for by the route to it. */
  readonly tproxyMark: number;
  readonly tproxyRouteTable: number;
  readonly inboundPorts: OrAll<number>;
  /** Counts only where all inbound ports are captured. */
  readonly inboundPortsExcluded: readonly number[];
  /** Captured whatever the addresses are. */
  readonly outboundPorts: readonly number[];
  readonly outboundPortsExcluded: readonly number[];
  readonly outboundRanges: OrAll<Cidr>;
  readonly outboundRangesExcluded: readonly Cidr[];
  /** Groups whose traffic is captured, and those whose is not: one of the two says all. */
  readonly ownerGroups: OrAll<number>;
  readonly ownerGroupsExcluded: readonly number[];
  /** Devices of virtual machines: what comes in there is outbound traffic. */
  readonly virtualInterfaces: readonly string[];
  readonly interfacesExcluded: readonly string[];
  /** Where DNS requests are captured: at these servers, or all; absent where they are not. */
  readonly dns: OrAll<string> | undefined;
  readonly dropsInvalid: boolean;
  /** What counts as the pod itself; others than 127.0.0.1/32 where something else listens on the rest of 127.0.0.0/8. */
  readonly loopback: string;
}

export interface Cidr {
  readonly text: string;
  readonly family: Family;
  readonly isLoopback: boolean;
}

/** More would not fit into one rule's matches. */
const MOST_GROUPS = 64;

/** Reads `80,443`, `*` or nothing. @throws Fault CAPTURE_SETTING that names `what` */
export function parsePorts(text: string, what: string): readonly number[] {
  return split(text).map((part) => parseNumber(part, what, 65_535));
}

/** @throws Fault CAPTURE_SETTING that names `what` */
export function parseIds(text: string, what: string): readonly number[] {
  return split(text).map((part) => parseNumber(part, what, 0xffff_ffff));
}

/** Reads what `one` reads, or `*` for all. */
export function parseOrAll<T>(text: string, one: (text: string) => readonly T[]): OrAll<T> {
  return text.trim() === '*' ? '*' : one(text);
}

/** Reads ranges of addresses of both families. @throws Fault CAPTURE_SETTING that names `what` */
export function parseCidrs(text: string, what: string): readonly Cidr[] {
  return split(text).map((part) => parseCidr(part, what));
}

/** @throws Fault CAPTURE_SETTING when there are more groups than a rule can hold, or both lists say something */
export function checkOwnerGroups(included: OrAll<number>, excluded: readonly number[]): void {
  const count = (included === '*' ? 0 : included.length) + excluded.length;
  if (count > MOST_GROUPS) throw wrong(`${count} owner groups: ${MOST_GROUPS} at most`);
  if (included !== '*' && excluded.length > 0)
    throw wrong('ISTIO_OUTBOUND_OWNER_GROUPS and ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE exclude each other');
}

/** The names of devices are free text to the kernel, but not to the line of a rule. @throws Fault CAPTURE_SETTING */
export function parseDevices(text: string, what: string): readonly string[] {
  const names = split(text);
  const bad = names.find((name) => !/^[^\s/"';]{1,15}$/.test(name));
  if (bad !== undefined) throw wrong(`${what}: "${bad}" is no name of a network device`);
  return names;
}

function parseCidr(text: string, what: string): Cidr {
  const [address = '', bits = '', ...rest] = text.split('/');
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most)
    throw wrong(`${what}: "${text}" is no range of addresses such as 10.0.0.0/8`);
  return { text, family: version === 6 ? 6 : 4, isLoopback: isLoopback(address, version === 6 ? 'ipv6' : 'ipv4') };
}

function isLoopback(address: string, family: 'ipv4' | 'ipv6'): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8);
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(address, family);
}

function parseNumber(text: string, what: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) throw wrong(`${what}: "${text}" is no number up to ${most}`);
  return value;
}

function split(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function wrong(message: string): Fault {
  return captureFault('CAPTURE_SETTING', message);
}
