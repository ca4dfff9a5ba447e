import { type MessageName, packAny } from '../gen/codec.ts';
import type { google_protobuf_Any, MessageTypes } from '../gen/messages.ts';
import { type PlainObject, structOf } from './struct.ts';

/** A named extension with its configuration: the shape that filters, transport sockets, access logs and formatters share. */
export interface Extension {
  readonly name: string;
  readonly typed_config: google_protobuf_Any;
}

/** An extension that Envoy's own API describes. */
export function toExtension<T extends MessageName>(name: string, type: T, message: MessageTypes[T]): Extension {
  return { name, typed_config: packAny(type, message) };
}

/**
 * An extension that only istio-proxy has. Its configuration goes as `TypedStruct`, which Envoy converts to the message of that type itself,
 * so none of Istio's own protos are needed here.
 */
export function toIstioExtension(name: string, type: string, value: PlainObject): Extension {
  return toExtension(name, 'xds.type.v3.TypedStruct', {
    type_url: `type.googleapis.com/${type}`,
    value: structOf(value),
  });
}
