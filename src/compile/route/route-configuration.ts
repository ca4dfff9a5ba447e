import { encodeMessage } from '../../gen/codec.ts';
import type { envoy_config_route_v3_RouteConfiguration as RouteConfiguration } from '../../gen/messages.ts';
import { contentHash, hashOfAll } from '../../kit/hash.ts';
import { patchSorted } from '../../kit/patch-sorted.ts';
import { compareText, type ObjectKey } from '../../model/object.ts';
import { createCutter } from '../../model/pieces.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import { type CompiledResource, toLazyResource, toResource } from '../resource.ts';
import { FALSE, uint32Of } from '../wire.ts';
import { type DomainList, withAnyDomain } from './domains.ts';
import type { EncodedRoutes } from './http-route.ts';
import type { ServiceBlock } from './service-block.ts';
import { compileVirtualHost, type EncodedVirtualHost } from './virtual-host.ts';

const ROUTE_CONFIGURATION = 'envoy.config.route.v3.RouteConfiguration';

/** What route configurations say behind their virtual hosts. A direct response may have 1 MiB, where Envoy's default is 4 KiB. */
const TAIL: RouteConfiguration = {
  validate_clusters: FALSE,
  max_direct_response_body_size_bytes: uint32Of(1_048_576),
};

const TAIL_WITH_PORTS = encodeMessage(ROUTE_CONFIGURATION, TAIL);
const TAIL_WITHOUT_PORTS = encodeMessage(ROUTE_CONFIGURATION, { ...TAIL, ignore_port_in_host_matching: true });

/** Puts a route configuration together from virtual hosts that were encoded before, in the order in which they come. */
export function compileRouteConfiguration(name: string, hosts: readonly EncodedVirtualHost[]): CompiledResource {
  return splice(name, [toBlock(hosts)], TAIL_WITHOUT_PORTS);
}

/** The same for lists that may be long and change little: blocks of virtual hosts that stayed the same are taken as they are. */
export function spliceRouteConfiguration(
  name: string,
  hosts: readonly EncodedVirtualHost[],
  cache: CompileCache,
): CompiledResource {
  const blocks = listPieces(hosts).map((piece) => cache.call(toBlock, piece));
  return cache.call(spliceBlocks, name, internList(cache, blocks));
}

const listPieces = createCutter<EncodedVirtualHost>();

function spliceBlocks(name: string, blocks: readonly Block[]): CompiledResource {
  return splice(name, blocks, TAIL_WITHOUT_PORTS);
}

/**
 * Compiles the configuration of a listener that serves all ports: `hosts` sorted by name, and the one behind them all.
 *
 * Here the port that a request names decides, so Envoy has to look at it. Istio tells it not to, although it writes the ports into the
 * domains: what is meant for any port goes to port 80 then.
 */
export function compileAllPortsConfiguration(
  name: string,
  hosts: readonly EncodedVirtualHost[],
  catchAll: EncodedVirtualHost,
): CompiledResource {
  return splice(name, [toBlock([...sortByName(hosts), catchAll])], TAIL_WITH_PORTS);
}

/**
 * Compiles the configuration of one port of a sidecar: `hosts`, those of `block` that have other names, all sorted by name, and the one behind
 * them all.
 */
export function compilePortConfiguration(
  name: string,
  block: ServiceBlock,
  hosts: readonly EncodedVirtualHost[],
  catchAll: EncodedVirtualHost,
  cache: CompileCache,
): CompiledResource {
  const names = new Set(hosts.map((host) => host.name));
  const others = names.size === 0 ? block.sorted : block.sorted.filter((host) => !names.has(host.name));
  const all = patchSorted(others, NONE, hosts, (a, b) => compareText(a.name, b.name));
  return spliceRouteConfiguration(name, [...all, catchAll], cache);
}

const NONE: ReadonlySet<EncodedVirtualHost> = new Set();

/**
 * Compiles the configuration of a listener that one service has for itself, `host:port`: whatever host a request names, it is meant for the
 * service.
 */
export function compileSniffedConfiguration(
  name: string,
  domains: DomainList,
  routes: EncodedRoutes,
  attemptCount: boolean,
): CompiledResource {
  const port = Number(name.slice(name.lastIndexOf(':') + 1));
  return compileRouteConfiguration(name, [compileVirtualHost(withAnyDomain(domains), port, attemptCount, routes)]);
}

/**
 * The answer to a name that nothing here has: without one Envoy would wait for it for ever, and it asks for names of listeners that are just
 * going away.
 */
export function compileEmptyRouteConfiguration(name: string): CompiledResource {
  return toResource(ROUTE_CONFIGURATION, name, { name, validate_clusters: FALSE }, []);
}

/** Virtual hosts that follow each other. */
interface Block {
  readonly hosts: readonly EncodedVirtualHost[];
  /** The hashes of all, one behind the other: where blocks begin and end does not show in it. */
  readonly digests: string;
  /** Put together when they are first asked for. */
  readonly frames: Buffer;
}

function toBlock(hosts: readonly EncodedVirtualHost[]): Block {
  let frames: Buffer | undefined;
  return {
    hosts,
    digests: hosts.map(({ digest }) => digest).join(''),
    get frames() {
      frames ??= Buffer.concat(hosts.map(({ frame }) => frame));
      return frames;
    },
  };
}

/** The version is a hash of the hashes of all parts, so that nobody has to read ten thousand virtual hosts again for the one that changed. */
function splice(name: string, blocks: readonly Block[], tail: Buffer): CompiledResource {
  const head = encodeMessage(ROUTE_CONFIGURATION, { name });
  const version = hashOfAll([contentHash(head), blocks.map(({ digests }) => digests).join(''), contentHash(tail)]);
  return toLazyResource(name, version, {
    toBytes: () => Buffer.concat([head, ...blocks.map(({ frames }) => frames), tail]),
    toOrigins: () => listOrigins(blocks.flatMap(({ hosts }) => hosts)),
  });
}

function sortByName(hosts: readonly EncodedVirtualHost[]): readonly EncodedVirtualHost[] {
  return [...hosts].sort((a, b) => compareText(a.name, b.name));
}

/** All objects behind the virtual hosts: VirtualServices, then DestinationRules, then those that declare hosts. */
function listOrigins(hosts: readonly EncodedVirtualHost[]): readonly ObjectKey[] {
  const rules = new Set<ObjectKey>();
  const policies = new Set<ObjectKey>();
  const owners = new Set<ObjectKey>();
  for (const host of hosts) for (const origin of host.origins) setOf(origin).add(origin);
  return [...rules, ...policies, ...owners];

  function setOf(origin: ObjectKey): Set<ObjectKey> {
    if (origin.startsWith('VirtualService/')) return rules;
    return origin.startsWith('DestinationRule/') ? policies : owners;
  }
}
