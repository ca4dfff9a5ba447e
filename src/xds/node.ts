import { hash } from 'node:crypto';
import protobuf from 'protobufjs/minimal.js';
import { readStruct } from './struct-decoding.ts';

/** A proxy as it describes itself in its first request: `envoy.config.core.v3.Node`, as far as anyone reads it. */
export interface ProxyNode {
  /** `type~address~name~domain` in an Istio mesh. */
  readonly id: string;
  readonly cluster: string;
  /** Free-form; Istio's agents put what they know of the workload here. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly locality: NodeLocality;
  /** `envoy` for Envoy itself. */
  readonly userAgentName: string;
  /** `1.40.0`; empty when not told. */
  readonly userAgentVersion: string;
  /** Names of the extensions that are compiled in, without disabled ones; one instance per build of the proxy. */
  readonly extensions: ReadonlySet<string>;
  readonly clientFeatures: readonly string[];
}

/** Where a proxy says it runs; parts that are not told are empty. */
export interface NodeLocality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

/** Field numbers of the messages read here. @see envoy/config/core/v3/base.proto */
const NODE = {
  id: 1,
  cluster: 2,
  metadata: 3,
  locality: 4,
  userAgentName: 6,
  userAgentVersion: 7,
  userAgentBuild: 8,
  extensions: 9,
  clientFeatures: 10,
} as const;

const NO_LOCALITY: NodeLocality = { region: '', zone: '', subZone: '' };

/**
 * Decodes a `Node`.
 *
 * Read by hand because Envoy lists some five hundred extensions in it: the list is the same for every proxy of one
 * build, so it is decoded once and shared.
 * @throws Error when the bytes are no message.
 */
export function decodeNode(bytes: Uint8Array): ProxyNode {
  const reader = protobuf.Reader.create(bytes);
  const node = { id: '', cluster: '', userAgentName: '', userAgentVersion: '' };
  let metadata: Readonly<Record<string, unknown>> = {};
  let locality = NO_LOCALITY;
  const extensions: Uint8Array[] = [];
  const clientFeatures: string[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case NODE.id:
        node.id = reader.string();
        break;
      case NODE.cluster:
        node.cluster = reader.string();
        break;
      case NODE.metadata:
        metadata = readStruct(reader, reader.uint32() + reader.pos);
        break;
      case NODE.locality:
        locality = readLocality(reader, reader.uint32() + reader.pos);
        break;
      case NODE.userAgentName:
        node.userAgentName = reader.string();
        break;
      case NODE.userAgentVersion:
        node.userAgentVersion = reader.string();
        break;
      case NODE.userAgentBuild:
        node.userAgentVersion = readBuildVersion(reader, reader.uint32() + reader.pos);
        break;
      case NODE.extensions:
        extensions.push(reader.bytes());
        break;
      case NODE.clientFeatures:
        clientFeatures.push(reader.string());
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return { ...node, metadata, locality, extensions: internExtensions(extensions), clientFeatures };
}

function readLocality(reader: protobuf.Reader, end: number): NodeLocality {
  const parts = ['', '', ''];
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = tag >>> 3;
    if (field >= 1 && field <= parts.length) parts[field - 1] = reader.string();
    else reader.skipType(tag & 7);
  }
  const [region = '', zone = '', subZone = ''] = parts;
  return { region, zone, subZone };
}

/** Reads `BuildVersion.version`, an `envoy.type.v3.SemanticVersion`, as `major.minor.patch`. */
function readBuildVersion(reader: protobuf.Reader, end: number): string {
  let version = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) version = readSemanticVersion(reader, reader.uint32() + reader.pos);
    else reader.skipType(tag & 7);
  }
  return version;
}

function readSemanticVersion(reader: protobuf.Reader, end: number): string {
  const numbers = [0, 0, 0];
  while (reader.pos < end) {
    const field = reader.uint32() >>> 3;
    const value = reader.uint32();
    if (field >= 1 && field <= numbers.length) numbers[field - 1] = value;
  }
  return numbers.join('.');
}

const sharedExtensions = new Map<string, WeakRef<ReadonlySet<string>>>();
const collectedExtensions = new FinalizationRegistry<string>((key) => {
  if (sharedExtensions.get(key)?.deref() === undefined) sharedExtensions.delete(key);
});

function internExtensions(encoded: readonly Uint8Array[]): ReadonlySet<string> {
  const key = hash('sha1', Buffer.concat(encoded));
  const known = sharedExtensions.get(key)?.deref();
  if (known !== undefined) return known;
  const names = new Set(encoded.map(readExtensionName).filter((name) => name !== ''));
  sharedExtensions.set(key, new WeakRef(names));
  collectedExtensions.register(names, key);
  return names;
}

const EXTENSION = { name: 1, disabled: 5 } as const;

/** The name of an `Extension`, empty when it is disabled. */
function readExtensionName(bytes: Uint8Array): string {
  const reader = protobuf.Reader.create(bytes);
  let name = '';
  let disabled = false;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === EXTENSION.name) name = reader.string();
    else if (tag >>> 3 === EXTENSION.disabled) disabled = reader.bool();
    else reader.skipType(tag & 7);
  }
  return disabled ? '' : name;
}
