import protobuf from 'protobufjs';

/** A field that Envoy 1.40 has and the npm package's tree has not: its message, and the field as its `.proto` declares it. */
interface NewerField {
  readonly message: string;
  readonly name: string;
  readonly number: number;
  readonly type: string;
}

/** Messages that newer fields need, each with its own fields. */
const newerMessages: readonly { readonly parent: string; readonly name: string }[] = [
  { parent: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions', name: 'OutlierDetection' },
];

/** Numbers are those of the descriptors that the Envoy 1.40 binary carries. */
const newerFields: readonly NewerField[] = [
  { message: 'envoy.config.cluster.v3.Cluster', name: 'dns_jitter', number: 58, type: 'google.protobuf.Duration' },
  {
    message: 'envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget',
    name: 'budget_interval',
    number: 3,
    type: 'google.protobuf.Duration',
  },
  {
    message: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.OutlierDetection',
    name: 'error_matcher',
    number: 1,
    type: 'envoy.config.common.matcher.v3.MatchPredicate',
  },
  {
    message: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    name: 'outlier_detection',
    number: 8,
    type: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.OutlierDetection',
  },
];

/** Adds to the loaded messages what became part of them after the package was made; before `resolveAll`. */
export function addNewerFields(root: protobuf.Root): void {
  for (const { parent, name } of newerMessages) root.lookupType(parent).add(new protobuf.Type(name));
  for (const { message, name, number, type } of newerFields)
    root.lookupType(message).add(new protobuf.Field(name, number, type));
}
