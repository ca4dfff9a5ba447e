/** A resource of a type that ends at the agent. */
export interface LocalResource {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * A type that the agent subscribes to itself, over the stream of its Envoy: Envoy neither asks for it nor sees it.
 * What its `apply` throws is the NACK.
 */
export interface LocalType {
  readonly typeUrl: string;
  /** Takes what the control plane sent: of `sotw` all there is, of `delta` what is new, and the names that are gone. */
  apply(resources: readonly LocalResource[], removed: readonly string[]): void;
}
