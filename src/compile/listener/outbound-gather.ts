import { isIPv6 } from 'node:net';
import { isIpAddress } from '../../model/cidr.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import { keyOf, type ObjectKey } from '../../model/object.ts';
import { isHttp, isTcp, type Protocol } from '../../model/protocol.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import type { EgressView, SidecarScope } from '../../model/sidecar-scope.ts';
import type { EndpointIndex } from '../../model/snapshot.ts';
import { UNIX_SCHEME } from '../address.ts';
import type { CompileCache } from '../cache.ts';
import { portRouteName, sniffedRouteName } from '../names.ts';
import type { CompileNote } from '../note.ts';
import {
  type Binds,
  findPortObstacle,
  getLoopbacks,
  getWildcards,
  isUnaddressed,
  listPlaces,
  type ServicePlace,
  toChosenPlace,
} from './addresses.ts';
import { isDynamicWildcard } from './l4-chain.ts';
import { L4Rules } from './l4-rules.ts';
import { type Candidate, type CandidateSink, type HttpPart, toConflictNote } from './outbound-entry.ts';
import type { ListenerSettings } from './settings.ts';

/** What the walk over a scope needs besides the scope. */
export interface GatherInput {
  readonly settings: ListenerSettings;
  readonly endpoints: EndpointIndex;
  /** The proxy's first address: it is no client of itself. */
  readonly ownAddress: string;
  readonly cache: CompileCache;
}

/** One egress listener, read once for all of its services. */
interface View {
  /** The address that the user gave, or that real binding implies; absent when each service decides. */
  readonly binds?: Binds;
  readonly realBind: boolean;
  readonly origin: ObjectKey | '';
  readonly rules: L4Rules;
}

/**
 * Walks over everything a scope imports, and decides which listeners there are and who is served by each. Cheap on purpose: it runs at every
 * change, and what it finds is compiled once and remembered.
 */
export class OutboundGather {
  readonly entries: CandidateSink;
  readonly notes: CompileNote[] = [];
  readonly #input: GatherInput;
  readonly #wildcard: string;

  constructor(input: GatherInput, entries: CandidateSink) {
    this.#input = input;
    this.entries = entries;
    this.#wildcard = getWildcards(input.settings.ipMode)[0];
  }

  walk(scope: Pick<SidecarScope, 'egress' | 'sidecar'>): void {
    for (const view of scope.egress) {
      const read = readView(view, scope, this.#input.settings);
      const { port } = view.listener;
      if (port === undefined) {
        // The catch-all leaves alone what the user declared.
        this.entries.lock();
        this.#walkServices(view, read);
      } else {
        const declared = this.#input.cache.call(internPort, port.name, port.number, port.protocol);
        if (this.#isBlocked(declared, read, scope)) continue;
        for (const service of view.services) this.#addService(service, declared, read);
      }
    }
  }

  #walkServices({ services }: EgressView, view: View): void {
    for (const service of services) {
      for (const port of service.ports) {
        if (this.#findObstacle(port, view) !== undefined) continue;
        if (this.#isHeadless(service, port, view)) this.#addEndpoints(service, port, view);
        else this.#addService(service, port, view);
      }
    }
  }

  #isBlocked(port: ServicePort, view: View, { sidecar }: Pick<SidecarScope, 'sidecar'>): boolean {
    const message = this.#findObstacle(port, view);
    if (message === undefined) return false;
    if (sidecar) this.notes.push({ object: keyOf(sidecar.meta), code: 'SIDECAR_PORT_TAKEN', message });
    return true;
  }

  #findObstacle(port: ServicePort, { binds, realBind }: View): string | undefined {
    return findPortObstacle(
      {
        port: port.number,
        bind: binds?.[0] ?? '',
        realBind,
        isHttp: isHttp(port.protocol),
        capturePorts: true,
      },
      this.#input.settings,
    );
  }

  // Clients of such a service name one of its pods: each pod that can be named has a listener of its own.
  #isHeadless(service: Service, { protocol }: ServicePort, { binds }: View): boolean {
    if (binds !== undefined || service.resolution !== 'passthrough' || isHttp(protocol)) return false;
    return isUnaddressed(service, this.#input.settings);
  }

  #addEndpoints(service: Service, port: ServicePort, view: View): void {
    const all = this.#input.endpoints.of(service.hostname, service.namespace);
    const behind = all.filter((endpoint) => endpoint.servicePortName === port.name);
    // Who selects may select somebody later; a selector without labels counts as none here, as in Istio.
    const isSelecting = Object.keys(service.selector ?? {}).length > 0;
    const isPlain = service.registry !== 'kubernetes' && !isSelecting;
    if (behind.length === 0 && isPlain) this.#addService(service, port, view);
    for (const endpoint of behind) {
      const binds = bindsOf(endpoint);
      if (binds === undefined || binds[0] === this.#input.ownAddress) continue;
      this.#add(service, port, { ...view, binds }, this.#toEndpointPlace(port, binds));
    }
  }

  // Sniffing picks a chain by protocol only after Envoy has picked one by address, which would take HTTP away from its chain.
  #toEndpointPlace({ protocol }: ServicePort, binds: Binds): ServicePlace {
    const { settings } = this.#input;
    if (!settings.headlessChains || !isTcp(protocol)) return { binds, subnets: [], byName: false };
    const subnets = binds.map((address) => `${address}/${isIPv6(address) ? 128 : 32}`);
    return { binds: getWildcards(settings.ipMode), subnets, byName: false };
  }

  #addService(service: Service, port: ServicePort, view: View): void {
    if (service.resolution === 'alias') return;
    if (isHttp(port.protocol)) this.#addHttp(service, port, view);
    else if (isTcp(port.protocol) || port.protocol === 'auto') {
      const { settings } = this.#input;
      const places = view.binds ? [toChosenPlace(view.binds, service, settings)] : listPlaces(service, settings);
      for (const place of places) this.#add(service, port, view, place);
    }
  }

  #addHttp(service: Service, port: ServicePort, view: View): void {
    const binds = view.binds ?? getWildcards(this.#input.settings.ipMode);
    const onWildcard = binds[0] === this.#wildcard;
    const http = this.#toHttpPart(service, port, binds, onWildcard && port.protocol !== 'http_proxy');
    this.#offer({ realBind: view.realBind, origin: view.origin, binds, port, onWildcard, service, http });
  }

  #add(service: Service, port: ServicePort, view: View, place: ServicePlace): void {
    const onWildcard = place.binds[0] === this.#wildcard;
    // Istio compiles such a listener for TCP, and Envoy refuses it: another one has the address already.
    if (onWildcard && this.#findObstacle(port, { ...view, binds: place.binds }) !== undefined) return;
    this.#offer({
      realBind: view.realBind,
      origin: view.origin,
      binds: place.binds,
      port,
      onWildcard,
      service,
      l4: { kind: 'l4', service, port, place, rules: view.rules.of(service.hostname) },
      ...(port.protocol === 'auto' && { http: this.#toHttpPart(service, port, place.binds, true) }),
    });
  }

  #toHttpPart(service: Service, port: ServicePort, binds: Binds, sniffed: boolean): HttpPart {
    const ownRoutes = port.protocol === 'auto' && binds[0] !== this.#wildcard;
    const shared = ownRoutes ? sniffedRouteName(service.hostname, port.number) : portRouteName(port.number);
    return {
      kind: 'http',
      routeName: port.number === 0 ? binds[0] : shared,
      sniffed,
      grpcWeb: port.protocol === 'grpc-web',
      dynamicHosts: isDynamicWildcard(service) ? [service.hostname] : [],
    };
  }

  #offer(candidate: Candidate): void {
    if (this.entries.add(candidate) === 'refused') this.notes.push(toConflictNote(candidate));
  }
}

function readView(
  { listener, virtualServices }: EgressView,
  { sidecar }: Pick<SidecarScope, 'sidecar'>,
  settings: ListenerSettings,
): View {
  const { bind, captureMode } = listener;
  const realBind =
    settings.interception === 'NONE' || captureMode === 'none' || (bind?.startsWith(UNIX_SCHEME) ?? false);
  const binds: Binds | undefined = bind ? [bind] : realBind ? getLoopbacks(settings.ipMode) : undefined;
  const origin = sidecar && listener.port !== undefined ? keyOf(sidecar.meta) : '';
  return { realBind, origin, rules: new L4Rules(virtualServices), ...(binds && { binds }) };
}

function bindsOf({ address, additionalAddresses }: Endpoint): Binds | undefined {
  return [address, ...additionalAddresses].every(isIpAddress) ? [address, ...additionalAddresses] : undefined;
}

function internPort(name: string, number: number, protocol: Protocol): ServicePort {
  return { name, number, protocol };
}
