import type { ProxyNode } from './node.ts';
import type { ProxyView, Resource } from './resource.ts';
import type { TypeUrl } from './type-url.ts';

/**
 * Where the protocol gets what it serves. The composition root implements it: this folder knows type URLs, names
 * and bytes, not the mesh.
 */
export interface ViewSource {
  /**
   * Admits one stream, once, after its first request named the node.
   *
   * A promise holds the stream's further requests back until it settles.
   * @throws Fault to refuse the stream; its code and blame become the gRPC status.
   */
  connect(connection: ConnectionRequest): ProxyHandle | Promise<ProxyHandle>;
}

/** What is known of a stream when its first request has been read. */
export interface ConnectionRequest {
  /** Unique in this process: the node's name part and a running number, `reviews-v1.default-12`. */
  readonly id: string;
  /** `address:port` of the peer as the transport tells it. */
  readonly peerAddress: string;
  readonly protocol: XdsProtocol;
  readonly transport: 'plaintext' | 'tls';
  /** DER of the peer's verified leaf certificate; absent without mutual TLS. */
  readonly peerCertificate?: Buffer;
  /** What the peer proved to be, by certificate or token: SPIFFE ids. Whoever admits streams fills it in. */
  readonly identities?: readonly string[];
  /** Values of one request header, `authorization` for instance; empty when it was not sent. */
  header(name: string): readonly string[];
  readonly node: ProxyNode;
}

/** The two variants of the aggregated discovery service. */
export type XdsProtocol = 'sotw' | 'delta';

/** One connected proxy, as its stream sees it. */
export interface ProxyHandle {
  /**
   * What the proxy may see now.
   *
   * Called before each response, so it has to be cheap when nothing changed. A view never changes once returned, and
   * an unchanged layer is the same object as before.
   */
  view(): ProxyView;
  /** The proxy accepted a response. */
  onAck(fact: AckFact): void;
  /** The proxy refused a response and keeps what it had. */
  onNack(fact: NackFact): void;
  /** A response was written. */
  onSent?(fact: SentFact): void;
  /**
   * The proxy has answered all that was written, and there is nothing more to tell it at present. Called whenever that
   * is found, also repeatedly.
   */
  onSettled?(): void;
  /** The agent beside a virtual machine's proxy reported its application's health. */
  onHealth?(fact: HealthFact): void;
  /** The stream has ended; called exactly once, and nothing is called after it. */
  close(): void;
}

/** A response that was written. */
export interface SentFact {
  readonly typeUrl: TypeUrl;
  /** The type's short name, as metrics have it. */
  readonly metric: string;
  readonly nonce: string;
  /** How many resources it carries. */
  readonly resources: number;
  readonly bytes: number;
}

/** A response that a proxy accepted. */
export interface AckFact {
  readonly typeUrl: TypeUrl;
  readonly nonce: string;
  /** The version of everything that the proxy now holds of this type. */
  readonly version: string;
}

/** A response that a proxy refused. */
export interface NackFact extends AckFact {
  /** The proxy's own words. */
  readonly message: string;
  /** What the refused response carried; empty when it is not known any more. */
  readonly resources: readonly Resource[];
  /**
   * The part of `resources` that the proxy may not have had before, and over which it must have refused: a
   * state-of-the-world response of clusters carries all of them, whatever changed.
   */
  readonly suspects: readonly Resource[];
  /** Names whose removal the refused response told. */
  readonly removed: readonly string[];
}

/** An application's health, as its agent reported it. */
export type HealthFact = { readonly healthy: true } | { readonly healthy: false; readonly message: string };
