import { decodeMessage } from '../../../src/gen/codec.ts';
import type { google_protobuf_Any as Any, MessageTypes } from '../../../src/gen/messages.ts';

/** What a proxy asks a control plane for, by the names that operators use. */
export type ResourceType = 'cds' | 'eds' | 'lds' | 'rds' | 'sds';

export const RESOURCE_TYPES: readonly ResourceType[] = ['cds', 'eds', 'lds', 'rds', 'sds'];

const MESSAGE = {
  cds: 'envoy.config.cluster.v3.Cluster',
  eds: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
  lds: 'envoy.config.listener.v3.Listener',
  rds: 'envoy.config.route.v3.RouteConfiguration',
  sds: 'envoy.extensions.transport_sockets.tls.v3.Secret',
} as const satisfies Record<ResourceType, keyof MessageTypes>;

/** A decoded resource, known by its type. */
export type Resource =
  | { readonly type: 'cds'; readonly name: string; readonly message: MessageTypes[(typeof MESSAGE)['cds']] }
  | { readonly type: 'eds'; readonly name: string; readonly message: MessageTypes[(typeof MESSAGE)['eds']] }
  | { readonly type: 'lds'; readonly name: string; readonly message: MessageTypes[(typeof MESSAGE)['lds']] }
  | { readonly type: 'rds'; readonly name: string; readonly message: MessageTypes[(typeof MESSAGE)['rds']] }
  | { readonly type: 'sds'; readonly name: string; readonly message: MessageTypes[(typeof MESSAGE)['sds']] };

export function messageNameOf(type: ResourceType): keyof MessageTypes {
  return MESSAGE[type];
}

export function typeUrlOf(type: ResourceType): string {
  return `type.googleapis.com/${MESSAGE[type]}`;
}

/** @throws Error for a type that nobody here asks for. */
export function typeOf(typeUrl: string): ResourceType {
  const found = RESOURCE_TYPES.find((type) => typeUrlOf(type) === typeUrl);
  if (found === undefined) throw new Error(`a response has the type ${typeUrl}, which was not asked for`);
  return found;
}

/** Decodes one resource; its name is the one inside. */
export function decodeResource(type: ResourceType, { type_url, value }: Any): Resource {
  if (type_url !== typeUrlOf(type)) throw new Error(`a ${type} response holds a ${type_url}`);
  switch (type) {
    case 'cds': {
      const message = decodeMessage(MESSAGE[type], value);
      return { type, name: message.name ?? '', message };
    }
    case 'eds': {
      const message = decodeMessage(MESSAGE[type], value);
      return { type, name: message.cluster_name ?? '', message };
    }
    case 'lds': {
      const message = decodeMessage(MESSAGE[type], value);
      return { type, name: message.name ?? '', message };
    }
    case 'rds': {
      const message = decodeMessage(MESSAGE[type], value);
      return { type, name: message.name ?? '', message };
    }
    case 'sds': {
      const message = decodeMessage(MESSAGE[type], value);
      return { type, name: message.name ?? '', message };
    }
  }
}
