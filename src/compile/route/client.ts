import type { MeshConfig } from '../../model/mesh-config.ts';
import type { IpMode } from '../../model/proxy.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { Service } from '../../model/service.ts';
import type { AddressViewer } from '../../model/service-address.ts';
import type { Retries } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { findOwnInfix, withoutOwnNamespace } from './alternate-names.ts';

/** What every virtual host of a proxy has in common. Plain values: equal settings are the identical value. */
export interface HostSettings {
  /** Upstreams learn by header which attempt of a request they see. */
  readonly attemptCount: boolean;
  /** The mesh's policy for routes that say nothing about retries. */
  readonly retries: Retries | undefined;
  /** Names have their absolute form, with a trailing dot, beside them. */
  readonly absoluteDomains: boolean;
}

/** What of a proxy decides the virtual host of a service, and nothing else. Equal clients are the identical value. */
export interface Client extends AddressViewer {
  /** Its DNS domain; without the namespace in front for services of other namespaces, because their names do not depend on it. */
  readonly domain: string;
  readonly settings: HostSettings;
}

/** The two clients that a proxy is: to the services of its own namespace, and to all others. Equal ones are the identical value. */
export interface Clients {
  readonly own: Client;
  readonly other: Client;
  /** What hosts of the own namespace have in them; absent where names do not depend on namespaces. */
  readonly ownInfix: string | undefined;
}

/** Reads from a proxy what virtual hosts depend on. */
export function toClients(proxy: ProxyClass, mesh: MeshConfig, cache: CompileCache): Clients {
  const { defaultHttpRetryPolicy, features } = mesh;
  const hasAttempts = !proxy.proxyConfig.proxyHeaders.attemptCountDisabled;
  const settings = cache.call(makeSettings, hasAttempts, defaultHttpRetryPolicy, features.absoluteDomains);
  const { dnsDomain, ipMode } = proxy;
  const { dnsCapture } = proxy.settings;
  const viewer = cache.call(makeViewer, ipMode, dnsCapture, features.dualStack);
  const own = cache.call(makeClient, dnsDomain, viewer, settings);
  const other = cache.call(makeClient, withoutOwnNamespace(dnsDomain), viewer, settings);
  return cache.call(makeClients, own, other);
}

/** The client that a proxy is to one service. */
export function clientOf({ own, other, ownInfix }: Clients, { hostname, aliases }: Service): Client {
  if (ownInfix === undefined || hostname.includes(ownInfix)) return own;
  return aliases.length > 0 && aliases.some((alias) => alias.includes(ownInfix)) ? own : other;
}

function makeSettings(attemptCount: boolean, retries: Retries | undefined, absoluteDomains: boolean): HostSettings {
  return { attemptCount, retries, absoluteDomains };
}

function makeViewer(ipMode: IpMode, dnsCapture: boolean, dualStack: boolean): AddressViewer {
  return { ipMode, dnsCapture, dualStack };
}

function makeClient(domain: string, viewer: AddressViewer, settings: HostSettings): Client {
  return { domain, ...viewer, settings };
}

function makeClients(own: Client, other: Client): Clients {
  return { own, other, ownInfix: findOwnInfix(own.domain) };
}
