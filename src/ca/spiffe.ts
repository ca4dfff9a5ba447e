import type { Brand } from '../kit/brand.ts';

/** `spiffe://trust-domain/ns/namespace/sa/service-account`. */
export type SpiffeId = Brand<string, 'SpiffeId'>;

/** What a SPIFFE id says. */
export interface SpiffeParts {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

const SPIFFE = /^spiffe:\/\/([^/]+)\/ns\/([^/]+)\/sa\/([^/]+)$/;

/**
 * Writes an id. An `@` in the trust domain, which Google's project names have, becomes a dot.
 * @see istio pkg/spiffe/spiffe.go `genSpiffeURI`
 */
export function toSpiffeId({ trustDomain, namespace, serviceAccount }: SpiffeParts): SpiffeId {
  return `spiffe://${trustDomain.replaceAll('@', '.')}/ns/${namespace}/sa/${serviceAccount}` as SpiffeId;
}

/** Reads an id of exactly that form; undefined for anything else. @see istio pkg/spiffe/spiffe.go `ParseIdentity` */
export function parseSpiffeId(text: string): SpiffeParts | undefined {
  const [, trustDomain, namespace, serviceAccount] = SPIFFE.exec(text) ?? [];
  if (trustDomain === undefined || namespace === undefined || serviceAccount === undefined) return undefined;
  return { trustDomain, namespace, serviceAccount };
}
