import { decodeMessage, encodeMessage } from '../gen/codec.ts';
import { FakeClock } from '../kit/fake-clock.ts';
import { contentHash } from '../kit/hash.ts';
import { decodeDeltaRequest, decodeSotwRequest } from './request-decoding.ts';
import type { ProxyView, Resource } from './resource.ts';
import { ResourceSet } from './resource-set.ts';
import { toBuffer } from './response-encoding.ts';
import { type Outgoing, XdsStream } from './stream.ts';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  EXTENSION_CONFIG_TYPE,
  LISTENER_TYPE,
  ROUTE_TYPE,
  SECRET_TYPE,
  type TypeUrl,
} from './type-url.ts';
import type { AckFact, NackFact, XdsProtocol } from './view-source.ts';

/** Types by the short names that transcripts use. */
export const TYPES = {
  cds: CLUSTER_TYPE,
  eds: ENDPOINT_TYPE,
  lds: LISTENER_TYPE,
  rds: ROUTE_TYPE,
  ecds: EXTENSION_CONFIG_TYPE,
  sds: SECRET_TYPE,
} as const;

/** A short name of a type. */
export type ShortType = keyof typeof TYPES;

/** Contents by name. */
export type Contents = Readonly<Record<string, string>>;

/** A resource whose bytes are its content's text. */
export function resource(name: string, content: string): Resource {
  return { name, version: contentHash(content), bytes: Buffer.from(content), origins: [] };
}

/** A set of such resources. */
export function resourceSet(typeUrl: TypeUrl, contents: Contents): ResourceSet {
  return ResourceSet.of(
    typeUrl,
    Object.entries(contents).map(([name, content]) => resource(name, content)),
  );
}

/** A view of one layer for each type, or of several when a list is given. */
export function proxyView(types: Partial<Record<ShortType, Contents | readonly Contents[]>>): ProxyView {
  const layers = new Map<TypeUrl, readonly ResourceSet[]>();
  for (const [short, contents] of Object.entries(types)) {
    if (!isShortType(short)) continue;
    const list = Array.isArray(contents) ? contents : [contents];
    layers.set(
      TYPES[short],
      list.map((one) => resourceSet(TYPES[short], one)),
    );
  }
  return { layers };
}

function isShortType(text: string): text is ShortType {
  return Object.hasOwn(TYPES, text);
}

/** A response as transcripts state it: contents by name, and names of removed resources where there are any. */
export interface Told {
  readonly type: string;
  readonly resources: Contents;
  readonly removed?: readonly string[];
}

/** The same with what a client answers it by. */
export interface Response extends Told {
  readonly typeUrl: TypeUrl;
  readonly nonce: string;
  readonly version: string;
}

/** Decodes a response with the generated codec, which shares no code with what encoded it. */
export function decodeResponse(protocol: XdsProtocol, bytes: Uint8Array): Response {
  if (protocol === 'delta') {
    const message = decodeMessage('envoy.service.discovery.v3.DeltaDiscoveryResponse', bytes);
    const entries = (message.resources ?? []).map((r) => [r.name ?? '', text(r.resource?.value)]);
    const removed = message.removed_resources ?? [];
    const head = toHead(message.type_url, message.nonce, message.system_version_info);
    return { ...head, resources: Object.fromEntries(entries), ...(removed.length > 0 ? { removed } : {}) };
  }
  const message = decodeMessage('envoy.service.discovery.v3.DiscoveryResponse', bytes);
  // State-of-the-world resources bear their name inside, where this folder does not look: contents stand for it.
  const entries = (message.resources ?? []).map((any) => [text(any.value).split('=')[0], text(any.value)]);
  return {
    ...toHead(message.type_url, message.nonce, message.version_info),
    resources: Object.fromEntries(entries),
  };
}

function toHead(typeUrl = '', nonce = '', version = '') {
  const short = Object.entries(TYPES).find(([, url]) => url === typeUrl);
  return { type: short?.[0] ?? typeUrl, typeUrl, nonce, version };
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

/** What a scripted client asks for. */
export interface Ask {
  readonly names?: readonly string[];
  readonly unsubscribe?: readonly string[];
  readonly nonce?: string;
  readonly version?: string;
  readonly held?: Contents;
  readonly refusal?: string;
}

/** Encodes a request of either protocol. */
export function encodeRequest(protocol: XdsProtocol, typeUrl: TypeUrl, ask: Ask, node?: { id: string }): Buffer {
  const common = {
    type_url: typeUrl,
    response_nonce: ask.nonce,
    node,
    error_detail: ask.refusal === undefined ? undefined : { code: 13, message: ask.refusal },
  };
  return protocol === 'sotw'
    ? encodeMessage('envoy.service.discovery.v3.DiscoveryRequest', {
        ...common,
        version_info: ask.version,
        resource_names: ask.names,
      })
    : encodeMessage('envoy.service.discovery.v3.DeltaDiscoveryRequest', {
        ...common,
        resource_names_subscribe: ask.names,
        resource_names_unsubscribe: ask.unsubscribe,
        initial_resource_versions: ask.held,
      });
}

/** Drives one stream without a transport: every step goes through encoded messages. */
export class ScriptedStream {
  readonly clock = new FakeClock();
  readonly protocol: XdsProtocol;
  readonly acks: AckFact[] = [];
  readonly nacks: NackFact[] = [];
  readonly expired: TypeUrl[] = [];
  readonly #stream: XdsStream;
  #view: ProxyView;

  constructor(protocol: XdsProtocol, view: ProxyView) {
    this.protocol = protocol;
    this.#view = view;
    this.#stream = new XdsStream({
      protocol,
      noncePrefix: 'n',
      view: () => this.#view,
      clock: this.clock,
      patienceMs: 5000,
      listener: {
        onAck: (fact) => this.acks.push(fact),
        onNack: (fact) => this.nacks.push(fact),
        onExpiredNonce: (typeUrl) => this.expired.push(typeUrl),
      },
    });
  }

  get state(): XdsStream {
    return this.#stream;
  }

  ask(type: ShortType, ask: Ask = {}): void {
    const bytes = encodeRequest(this.protocol, TYPES[type], ask);
    this.#stream.receive(this.protocol === 'sotw' ? decodeSotwRequest(bytes) : decodeDeltaRequest(bytes));
  }

  /** Changes the view and announces it. */
  show(view: ProxyView): void {
    this.#view = view;
    this.#stream.markStale();
  }

  /** The next response, which is left unanswered. */
  next(): Response | undefined {
    const outgoing: Outgoing | undefined = this.#stream.next();
    return outgoing === undefined ? undefined : decodeResponse(this.protocol, toBuffer(outgoing.response));
  }

  /** Everything the stream has to say now, without answers. */
  told(): Told[] {
    const all: Told[] = [];
    for (let next = this.next(); next !== undefined; next = this.next()) all.push(toTold(next));
    return all;
  }

  /** Everything the stream has to say, each response accepted before the next. */
  settle(names: Partial<Record<ShortType, readonly string[]>> = {}): Told[] {
    const all: Told[] = [];
    for (let next = this.next(); next !== undefined; next = this.next()) {
      all.push(toTold(next));
      this.ack(next, names);
    }
    return all;
  }

  /** Accepts a response; a state-of-the-world client repeats its names. */
  ack({ type, nonce, version }: Response, names: Partial<Record<ShortType, readonly string[]>> = {}): void {
    if (!isShortType(type)) return;
    const repeated = this.protocol === 'sotw' ? names[type] : undefined;
    this.ask(type, { nonce, version, ...(repeated === undefined ? {} : { names: repeated }) });
  }

  /** Refuses a response. */
  nack({ type, nonce }: Response, refusal: string, names: readonly string[] = []): void {
    if (isShortType(type)) this.ask(type, { nonce, refusal, ...(this.protocol === 'sotw' ? { names } : {}) });
  }
}

/** The part of a response that transcripts compare. */
export function toTold({ type, resources, removed }: Response): Told {
  return { type, resources, ...(removed === undefined ? {} : { removed }) };
}
