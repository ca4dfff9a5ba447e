/** A tree of `.proto` files and the files of it that start the search for messages. */
export interface ProtoTree {
  /** Directory that imports are relative to, from the repository's root. */
  readonly directory: string;
  /** Globs below it; every message declared in such a file is generated, and all that it refers to. */
  readonly roots: readonly string[];
}

const packageTrees = 'node_modules/@grpc/grpc-js-xds/deps';

/** Where messages come from. Our own tree is first: a file of the same path there wins over the package's. */
export const protoTrees: readonly ProtoTree[] = [
  { directory: 'proto', roots: ['**/*.proto'] },
  {
    directory: `${packageTrees}/envoy-api`,
    // All of v3: a person's EnvoyFilter may name any extension, and what is never used is never built.
    roots: [
      'envoy/admin/v3/*.proto',
      'envoy/config/**/v3/*.proto',
      'envoy/data/**/v3/*.proto',
      'envoy/extensions/**/v3/*.proto',
      'envoy/service/**/v3/*.proto',
      'envoy/type/**/v3/*.proto',
    ],
  },
  { directory: `${packageTrees}/xds`, roots: ['xds/core/v3/*.proto', 'xds/type/**/*.proto', 'udpa/type/v1/*.proto'] },
  { directory: `${packageTrees}/googleapis`, roots: ['google/rpc/status.proto'] },
  { directory: `${packageTrees}/protoc-gen-validate`, roots: [] },
];

/** Files that protobufjs carries itself, all of them roots. */
export const wellKnownRoots: readonly string[] = [
  'google/protobuf/any.proto',
  'google/protobuf/duration.proto',
  'google/protobuf/empty.proto',
  'google/protobuf/field_mask.proto',
  'google/protobuf/struct.proto',
  'google/protobuf/timestamp.proto',
  'google/protobuf/wrappers.proto',
];

/** Root files left out, each because of an import that no tree has. */
export const excludedRoots: readonly string[] = [
  'envoy/config/trace/v3/opencensus.proto', // OpenCensus, which Envoy has dropped
  'envoy/config/trace/v3/trace.proto', // only lists its siblings, OpenCensus among them
  'envoy/service/metrics/v3/metrics_service.proto', // Prometheus' own messages
  'envoy/service/trace/v3/trace_service.proto', // OpenCensus
];

/**
 * Packages that are generated only as far as something else refers to them: annotations are never sent,
 * and `google` brings the descriptor's own messages along.
 */
export const referredPackages: readonly string[] = [
  'udpa.annotations',
  'xds.annotations',
  'envoy.annotations',
  'validate',
  'google',
];

/** Messages of those packages that are generated in any case. */
export const extraRoots: readonly string[] = [
  'google.protobuf.Any',
  'google.protobuf.Duration',
  'google.protobuf.Empty',
  'google.protobuf.FieldMask',
  'google.protobuf.Struct',
  'google.protobuf.Timestamp',
  'google.protobuf.BoolValue',
  'google.protobuf.BytesValue',
  'google.protobuf.DoubleValue',
  'google.protobuf.FloatValue',
  'google.protobuf.Int32Value',
  'google.protobuf.Int64Value',
  'google.protobuf.StringValue',
  'google.protobuf.UInt32Value',
  'google.protobuf.UInt64Value',
  'google.rpc.Status',
];
