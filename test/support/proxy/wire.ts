import { decodeMessage, encodeMessage } from '../../../src/gen/codec.ts';
import type { MessageTypes } from '../../../src/gen/messages.ts';
import type { XdsProtocol } from '../../../src/xds/view-source.ts';
import { decodeResource, type Resource, type ResourceType, typeOf, typeUrlOf } from './resource-type.ts';
import type { WatchedType } from './watched-type.ts';

export type Node = MessageTypes['envoy.config.core.v3.Node'];

/** A response of either protocol. */
export interface Response {
  readonly type: ResourceType;
  readonly nonce: string;
  /** Of the whole response; state of the world only. */
  readonly version: string;
  readonly resources: readonly { readonly resource: Resource; readonly version: string }[];
  /** Names that are gone; delta only. */
  readonly removed: readonly string[];
}

export function decodeResponse(protocol: XdsProtocol, bytes: Uint8Array): Response {
  return protocol === 'delta' ? decodeDelta(bytes) : decodeSotw(bytes);
}

function decodeDelta(bytes: Uint8Array): Response {
  const message = decodeMessage('envoy.service.discovery.v3.DeltaDiscoveryResponse', bytes);
  const type = typeOf(message.type_url ?? '');
  const resources = (message.resources ?? []).map(({ name = '', version = '', resource }) => {
    if (resource === undefined) throw new Error(`the ${type} resource ${name} has no content`);
    const decoded = decodeResource(type, resource);
    if (decoded.name !== name) throw new Error(`the ${type} resource ${name} calls itself ${decoded.name}`);
    return { resource: decoded, version };
  });
  return { type, nonce: message.nonce ?? '', version: '', resources, removed: message.removed_resources ?? [] };
}

function decodeSotw(bytes: Uint8Array): Response {
  const message = decodeMessage('envoy.service.discovery.v3.DiscoveryResponse', bytes);
  const type = typeOf(message.type_url ?? '');
  const version = message.version_info ?? '';
  const resources = (message.resources ?? []).map((any) => ({ resource: decodeResource(type, any), version }));
  return { type, nonce: message.nonce ?? '', version, resources, removed: [] };
}

/** What a request says beside the type. */
export interface Request {
  /** In the first request of a stream only. */
  readonly node?: Node | undefined;
  readonly subscribe?: readonly string[];
  readonly unsubscribe?: readonly string[];
  /** Answers the response of that nonce. */
  readonly nonce?: string;
  /** Refuses that response. */
  readonly refusal?: string | undefined;
}

/** Envoy's code for a configuration that it cannot take: INTERNAL. */
const REFUSED = 13;

export function encodeRequest(protocol: XdsProtocol, watched: WatchedType, request: Request): Buffer {
  const { node, nonce, refusal } = request;
  const common = {
    type_url: typeUrlOf(watched.type),
    node,
    response_nonce: nonce,
    error_detail: refusal === undefined ? undefined : { code: REFUSED, message: refusal },
  };
  if (protocol === 'sotw') {
    return encodeMessage('envoy.service.discovery.v3.DiscoveryRequest', {
      ...common,
      version_info: watched.version,
      resource_names: watched.names === undefined ? [] : [...watched.names],
    });
  }
  const isFirst = !watched.isOpen;
  return encodeMessage('envoy.service.discovery.v3.DeltaDiscoveryRequest', {
    ...common,
    resource_names_subscribe: request.subscribe,
    resource_names_unsubscribe: request.unsubscribe,
    initial_resource_versions: isFirst ? Object.fromEntries(watched.versions) : undefined,
  });
}
