import { encodeMessage } from '../gen/codec.ts';
import type { MessageTypes } from '../gen/messages.ts';
import { contentHash } from '../kit/hash.ts';
import type { ObjectKey } from '../model/object.ts';

/**
 * One Envoy resource, compiled and encoded: what `xds` serves. Immutable and shared by every proxy that sees it.
 *
 * `version` is a hash of what `bytes` are made of, so a rebuild that changes nothing pushes nothing. `origins` are the objects that shaped it, most specific
 * first; they stay beside the bytes and out of them, because a comment added above a rule must not make a new version.
 */
export interface CompiledResource {
  readonly name: string;
  readonly version: string;
  readonly bytes: Buffer;
  readonly origins: readonly ObjectKey[];
}

/** Encodes one message into the resource of that name. */
export function toResource<T extends keyof MessageTypes>(
  type: T,
  name: string,
  message: MessageTypes[T],
  origins: readonly ObjectKey[],
): CompiledResource {
  return toResourceFromBytes(name, encodeMessage(type, message), origins);
}

/** The same for a message that was encoded already. */
export function toResourceFromBytes(name: string, bytes: Buffer, origins: readonly ObjectKey[]): CompiledResource {
  return { name, version: contentHash(bytes), bytes, origins };
}

/** How to put together what a large resource says. */
export interface Pieced {
  toBytes(): Buffer;
  toOrigins(): readonly ObjectKey[];
}

/**
 * A resource of many pieces, which is put together when it is first sent.
 * @param version a hash over the pieces, that no other pieces have.
 */
export function toLazyResource(name: string, version: string, { toBytes, toOrigins }: Pieced): CompiledResource {
  let bytes: Buffer | undefined;
  let origins: readonly ObjectKey[] | undefined;
  return {
    name,
    version,
    get bytes() {
      bytes ??= toBytes();
      return bytes;
    },
    get origins() {
      origins ??= toOrigins();
      return origins;
    },
  };
}
