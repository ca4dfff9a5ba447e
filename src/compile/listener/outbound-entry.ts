import { keyOf as keyOfObject, type ObjectKey } from '../../model/object.ts';
import { isHttp, isTcp, type Protocol } from '../../model/protocol.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import type { CompileNote } from '../note.ts';
import type { Binds, ServicePlace } from './addresses.ts';

/** The HTTP side of a listener. It depends on no service's content: what hosts there are is the routes' business. */
export interface HttpPart {
  readonly kind: 'http';
  readonly routeName: string;
  /** Whether it takes only what the HTTP inspector took for HTTP, and leaves the rest to other chains. */
  readonly sniffed: boolean;
  grpcWeb: boolean;
  readonly dynamicHosts: string[];
}

/** One service on the TCP side of a listener. */
export interface L4Part {
  readonly kind: 'l4';
  readonly service: Service;
  readonly port: ServicePort;
  readonly place: ServicePlace;
  /** VirtualServices with blocks for TCP or TLS that share a host with the service. */
  readonly rules: readonly VirtualService[];
}

/** One thing that a listener serves. */
export type Part = HttpPart | L4Part;

/** A listener in the making: who serves what on one address and port. */
export interface OutboundEntry {
  readonly binds: Binds;
  readonly port: number;
  readonly realBind: boolean;
  /** The Sidecar that declares the port; empty for ports of services. */
  readonly origin: ObjectKey | '';
  /** `auto` as soon as HTTP and other protocols share it. */
  protocol: Protocol;
  /** Declared by the user: what comes later finds it closed. */
  locked: boolean;
  readonly parts: Part[];
}

/** Something that wants to be served. */
export interface Candidate {
  readonly binds: Binds;
  readonly port: ServicePort;
  readonly realBind: boolean;
  readonly origin: ObjectKey | '';
  /** `binds` is the wildcard address. */
  readonly onWildcard: boolean;
  readonly service: Service;
  readonly http?: HttpPart;
  readonly l4?: L4Part;
}

/** How a candidate came out: served, silently covered by what is there, or refused. */
export type Outcome = 'served' | 'covered' | 'refused';

/** Who is told what wants to be served. */
export interface CandidateSink {
  add(candidate: Candidate): Outcome;
  /** What was claimed so far is closed to others. */
  lock(): void;
}

/** What users should hear of a candidate that was refused. */
export function toConflictNote({ service, port, binds }: Candidate): CompileNote {
  return {
    object: keyOfObject(service.meta),
    code: 'LISTENER_PROTOCOL_CONFLICT',
    message:
      `port ${port.number} (${port.protocol}) of ${service.hostname} cannot share ${binds[0]}:${port.number} with what is served there: ` +
      'in Mongo and MySQL the server speaks first, so protocols cannot be told apart',
  };
}

/** The listener that a candidate is about: candidates of other listeners have no say in it. */
export function keyOfCandidate({ binds, port }: Candidate): string {
  return keyOf(binds[0], port.number);
}

/**
 * Listeners by address and port, with Istio's answer to who may share one.
 *
 * HTTP services share a listener and are told apart by routes. HTTP and TCP on one address make it sniff. Mongo and MySQL let the server speak
 * first, which sniffing would break, so they share with nobody.
 * @see istio pilot/pkg/networking/core/listener.go `buildSidecarOutboundListener`
 */
export class OutboundEntries implements CandidateSink {
  readonly #byKey = new Map<string, OutboundEntry>();

  /** In the order in which they were first claimed. */
  list(): readonly OutboundEntry[] {
    return [...this.#byKey.values()];
  }

  /** Closes every listener there is. */
  lock(): void {
    for (const entry of this.#byKey.values()) entry.locked = true;
  }

  add(candidate: Candidate): Outcome {
    const { protocol } = candidate.port;
    const key = keyOfCandidate(candidate);
    const entry = this.#byKey.get(key);
    if (entry?.locked) return 'covered';
    // A declared HTTP proxy takes its port whatever is there.
    if (entry === undefined || protocol === 'http_proxy') return this.#replace(key, candidate);
    const isCovered = isHttp(protocol) && !isTcp(entry.protocol);
    if (isCovered) return cover(entry, candidate);
    if (protocol !== entry.protocol && (isServerFirst(protocol) || isServerFirst(entry.protocol))) return 'refused';
    if (protocol === 'auto' && isHttp(entry.protocol)) return this.#replace(key, candidate);
    return join(entry, candidate);
  }

  #replace(key: string, candidate: Candidate): Outcome {
    const { binds, port, realBind, origin, onWildcard, l4, http } = candidate;
    // On the wildcard, HTTP always leaves room for other traffic to the same port.
    const mixed = isHttp(port.protocol) && onWildcard && port.protocol !== 'http_proxy';
    this.#byKey.set(key, {
      binds,
      port: port.number,
      realBind,
      origin,
      protocol: mixed ? 'auto' : port.protocol,
      locked: false,
      parts: [...(l4 ? [l4] : []), ...(http ? [copyOf(http)] : [])],
    });
    return 'served';
  }
}

/**
 * The one HTTP side serves every HTTP service; it only has to know what some of them need of it. Istio asks only the first service: whether a
 * port declared as gRPC-Web is translated would hang on who is older.
 */
function cover(entry: OutboundEntry, { http }: Candidate): Outcome {
  const shared = entry.parts.find((part) => part.kind === 'http');
  if (shared === undefined || http === undefined) return 'covered';
  shared.grpcWeb ||= http.grpcWeb;
  for (const host of http.dynamicHosts) if (!shared.dynamicHosts.includes(host)) shared.dynamicHosts.push(host);
  return 'covered';
}

function join(entry: OutboundEntry, { port, l4, http }: Candidate): Outcome {
  // What sniffs already has its HTTP side.
  const isSniffing = entry.protocol === 'auto';
  if (l4) entry.parts.push(l4);
  if (http && !isSniffing) entry.parts.push(copyOf(http));
  if (!(isTcp(entry.protocol) && isTcp(port.protocol))) entry.protocol = 'auto';
  return 'served';
}

/** The part of an entry changes as others join it; the candidate's own must not. */
function copyOf(part: HttpPart): HttpPart {
  return { ...part, dynamicHosts: [...part.dynamicHosts] };
}

/** Protocols in which the client waits for the server: an inspector that waits for the client would wait for ever. */
function isServerFirst(protocol: Protocol): boolean {
  return protocol === 'mongo' || protocol === 'mysql';
}

function keyOf(bind: string, port: number): string {
  return `${bind} ${port}`;
}
