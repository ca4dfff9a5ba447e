import type { TypeUrl } from '../../src/xds/type-url.ts';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import { FieldCursor } from './field-cursor.ts';

/** What a client reads of a response before it knows what to do with it. */
export interface ScannedResponse {
  readonly bytes: Buffer;
  readonly protocol: XdsProtocol;
  readonly typeUrl: TypeUrl;
  /** Of everything; the version that a state-of-the-world client acknowledges. */
  readonly version: string;
  readonly nonce: string;
  /** Begin and end of each entry of `resources`, one after the other. */
  readonly spans: readonly number[];
  /** Names that the delta protocol says are gone or do not exist. */
  readonly removed: readonly string[];
}

/** One resource of a response: what it is called, and where its own message lies. */
export interface ScannedResource {
  readonly name: string;
  /** Empty in the state-of-the-world protocol, which has only one version for all. */
  readonly version: string;
  readonly from: number;
  readonly to: number;
}

/** Fields of `DiscoveryResponse` and `DeltaDiscoveryResponse`, which share the ones read here. */
const RESPONSE = { version: 1, resources: 2, typeUrl: 4, nonce: 5, removed: 6 } as const;
/** Fields of `envoy.service.discovery.v3.Resource`. */
const RESOURCE = { version: 1, resource: 2, name: 3 } as const;
const ANY_VALUE = 2;
/** Clusters, load assignments, listeners and route configurations all have their name in the first field. */
const NAME = 1;

/** Reads a response's envelope. @throws Error when the bytes are no response. */
export function scanResponse(protocol: XdsProtocol, bytes: Buffer): ScannedResponse {
  const cursor = new FieldCursor(bytes);
  const head = { typeUrl: '', version: '', nonce: '' };
  const spans: number[] = [];
  const removed: string[] = [];
  while (cursor.next()) {
    if (cursor.field === RESPONSE.resources) spans.push(cursor.from, cursor.to);
    else if (cursor.field === RESPONSE.typeUrl) head.typeUrl = cursor.text();
    else if (cursor.field === RESPONSE.version) head.version = cursor.text();
    else if (cursor.field === RESPONSE.nonce) head.nonce = cursor.text();
    else if (cursor.field === RESPONSE.removed && protocol === 'delta') removed.push(cursor.text());
  }
  return { bytes, protocol, ...head, spans, removed };
}

/** The resources of a response, one after the other. */
export function* listResources({ bytes, protocol, spans }: ScannedResponse): Generator<ScannedResource> {
  for (let i = 0; i < spans.length; i += 2) {
    const cursor = new FieldCursor(bytes, spans[i], spans[i + 1]);
    yield protocol === 'delta' ? readWrapped(cursor) : readAny(cursor);
  }
}

function readWrapped(cursor: FieldCursor): ScannedResource {
  const found = { name: '', version: '', from: 0, to: 0 };
  while (cursor.next()) {
    if (cursor.field === RESOURCE.name) found.name = cursor.text();
    else if (cursor.field === RESOURCE.version) found.version = cursor.text();
    else if (cursor.field === RESOURCE.resource) seekValue(cursor.inner(), found);
  }
  return found;
}

function readAny(cursor: FieldCursor): ScannedResource {
  const found = { name: '', version: '', from: 0, to: 0 };
  seekValue(cursor, found);
  const message = new FieldCursor(cursor.bytes, found.from, found.to);
  while (found.name === '' && message.next()) if (message.field === NAME) found.name = message.text();
  return found;
}

/** Notes where the `value` of an `Any` lies. */
function seekValue(any: FieldCursor, found: { from: number; to: number }): void {
  while (any.next()) {
    if (any.field !== ANY_VALUE) continue;
    found.from = any.from;
    found.to = any.to;
  }
}
