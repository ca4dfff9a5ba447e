import { flag, listOf, mapOf, object, opaque, text, whole, choice } from '../schema/fields.ts';

const PORT = whole('Port of the service.', { minimum: 1, maximum: 65535 });
const SERVICE = text('Service that is asked: `host` or `namespace/host`.', { minLength: 1 });
const MAX_TAG = whole('Longest path that is recorded, in characters.', { minimum: 0, absent: '256' });

const HEADER = object(
  'A header.',
  {
    required: { name: text('Name of the header.') },
    optional: { value: text('Value of the header.'), envName: text('Environment variable that has the value.') },
  },
  { exclusive: [['value', 'envName']] },
);

const REQUEST_BODY = object('How much of the body is sent along.', {
  required: {},
  optional: {
    maxRequestBytes: whole('Most bytes of the body.', { minimum: 0 }),
    allowPartialMessage: flag('Whether a part of the body will do.', { absent: 'false' }),
    packAsBytes: flag('Whether the body is sent as bytes.', { absent: 'false' }),
  },
});

const AUTHORIZATION = {
  timeout: text('How long an answer may take.', { format: 'duration', absent: '600s' }),
  failOpen: flag('Whether requests pass when the service does not answer.', { absent: 'false' }),
  clearRouteCache: flag('Whether the route is chosen anew after the answer.', { absent: 'false' }),
  statusOnError: text('Status code when the service does not answer.', { absent: '403' }),
  includeRequestBodyInCheck: REQUEST_BODY,
};

const NAMES = (description: string) => listOf(description, text('Name of the header.'));

const EXT_AUTHZ_HTTP = object('Asks a service by HTTP whether a request may pass.', {
  required: { service: SERVICE, port: PORT },
  optional: {
    ...AUTHORIZATION,
    pathPrefix: text('Prefix of the path that is asked.'),
    includeHeadersInCheck: listOf('Use `includeRequestHeadersInCheck`.', text('Name of the header.'), {
      deprecated: true,
    }),
    includeRequestHeadersInCheck: NAMES('Headers of the request that are sent along.'),
    includeAdditionalHeadersInCheck: mapOf('Headers that are added.', text('Value of the header.')),
    headersToUpstreamOnAllow: NAMES('Headers of the answer that go on to the workload.'),
    headersToDownstreamOnDeny: NAMES('Headers of a refusal that go back to the client.'),
    headersToDownstreamOnAllow: NAMES('Headers of the answer that go back to the client.'),
  },
});

const EXT_AUTHZ_GRPC = object('Asks a service by gRPC whether a request may pass.', {
  required: { service: SERVICE, port: PORT },
  optional: AUTHORIZATION,
});

const HTTP_SERVICE = object('How the service is reached by HTTP.', {
  required: {},
  optional: {
    path: text('Path that is asked.'),
    timeout: text('How long an answer may take.', { format: 'duration' }),
    headers: listOf('Headers that are added.', HEADER),
  },
});

const GRPC_SERVICE = object('How the service is reached by gRPC.', {
  required: {},
  optional: {
    timeout: text('How long an answer may take.', { format: 'duration' }),
    initialMetadata: listOf('Metadata that is added.', HEADER),
  },
});

const DYNATRACE = object("Dynatrace's sampler.", {
  required: {},
  optional: {
    tenant: text('Tenant.'),
    clusterId: whole('Cluster.'),
    rootSpansPerMinute: whole('Traces a minute when the service does not answer.', { minimum: 0 }),
    httpService: object('How the service is reached.', {
      required: { service: SERVICE, port: PORT },
      optional: { http: HTTP_SERVICE },
    }),
  },
});

const OPENTELEMETRY = object('Sends traces to OpenTelemetry.', {
  required: { service: SERVICE, port: PORT },
  optional: {
    maxTagLength: MAX_TAG,
    http: HTTP_SERVICE,
    grpc: GRPC_SERVICE,
    resourceDetectors: object('What is found out about the workload.', {
      required: {},
      optional: { environment: opaque('From the environment.'), dynatrace: opaque("From Dynatrace's files.") },
    }),
    serviceAttributeEnrichment: choice('How the workload is described.', [
      'ISTIO_CANONICAL',
      'OTEL_SEMANTIC_CONVENTIONS',
    ]),
    dynatraceSampler: DYNATRACE,
  },
});

const ZIPKIN = object('Sends traces to Zipkin.', {
  required: { service: SERVICE, port: PORT },
  optional: {
    maxTagLength: MAX_TAG,
    enable64bitTraceId: flag('Whether trace ids have 64 bits.', { absent: 'false' }),
    path: text('Path that is asked.', { absent: '/api/v2/spans' }),
    traceContextOption: choice('Which headers carry the trace.', ['USE_B3', 'USE_B3_WITH_W3C_PROPAGATION']),
    timeout: text('How long an answer may take.', { format: 'duration' }),
    headers: listOf('Headers that are added.', HEADER),
  },
});

const TOKEN = object('Sends traces to a service that wants a token.', {
  required: { service: SERVICE, port: PORT },
  optional: { accessToken: text('Token.'), maxTagLength: MAX_TAG },
});

const STACKDRIVER = object('Sends to Google Cloud.', {
  required: {},
  optional: {
    debug: flag('Prints traces.', { deprecated: true }),
    maxNumberOfAttributes: whole('Most attributes.', { deprecated: true }),
    maxNumberOfAnnotations: whole('Most annotations.', { deprecated: true }),
    maxNumberOfMessageEvents: whole('Most events.', { deprecated: true }),
    maxTagLength: MAX_TAG,
    logging: object('Access logs.', {
      required: {},
      optional: { labels: mapOf('Labels by name.', text('Expression.')) },
    }),
  },
});

const OPENCENSUS = object('Sends traces to an OpenCensus agent.', {
  required: { service: SERVICE, port: PORT },
  optional: {
    context: listOf(
      'Which headers carry the trace.',
      choice('Header.', ['UNSPECIFIED', 'W3C_TRACE_CONTEXT', 'GRPC_BIN', 'CLOUD_TRACE_CONTEXT', 'B3']),
    ),
    maxTagLength: MAX_TAG,
  },
});

const LOG_FORMAT = object('Format of a line.', {
  required: {},
  optional: {
    text: text('Line of text with command operators.'),
    labels: opaque('Fields of an object, with command operators.'),
  },
});

const FILE_LOG = object('Writes access logs to a file.', {
  required: {},
  optional: {
    path: text('File.', { absent: '/dev/stdout' }),
    logFormat: LOG_FORMAT,
    omitEmptyValues: flag('Whether empty fields are left out.', { absent: 'false' }),
  },
});

const STATE_OBJECTS = listOf('Filter state that is logged.', text('Name of the object.'));

const HTTP_ALS = object('Sends access logs of HTTP by gRPC.', {
  required: { service: SERVICE, port: PORT },
  optional: {
    logName: text('Name of the log.'),
    filterStateObjectsToLog: STATE_OBJECTS,
    additionalRequestHeadersToLog: NAMES('Headers of requests that are logged.'),
    additionalResponseHeadersToLog: NAMES('Headers of answers that are logged.'),
    additionalResponseTrailersToLog: NAMES('Trailers of answers that are logged.'),
  },
});

const TCP_ALS = object('Sends access logs of TCP by gRPC.', {
  required: { service: SERVICE, port: PORT },
  optional: { logName: text('Name of the log.'), filterStateObjectsToLog: STATE_OBJECTS },
});

const OTEL_ALS = object('Sends access logs to OpenTelemetry.', {
  required: { service: SERVICE, port: PORT },
  optional: { logName: text('Name of the log.'), logFormat: LOG_FORMAT },
});

const DATADOG = object('Sends traces to Datadog.', {
  required: { service: SERVICE, port: PORT },
  optional: { maxTagLength: MAX_TAG },
});

const SDS = object('Serves secrets.', {
  required: { service: SERVICE, port: PORT },
  optional: { name: text('Name of the provider.') },
});

const PROVIDERS = {
  envoyExtAuthzHttp: EXT_AUTHZ_HTTP,
  envoyExtAuthzGrpc: EXT_AUTHZ_GRPC,
  zipkin: ZIPKIN,
  lightstep: TOKEN,
  datadog: DATADOG,
  stackdriver: STACKDRIVER,
  opencensus: OPENCENSUS,
  skywalking: TOKEN,
  opentelemetry: OPENTELEMETRY,
  prometheus: opaque('Counts for Prometheus.'),
  envoyFileAccessLog: FILE_LOG,
  envoyHttpAls: HTTP_ALS,
  envoyTcpAls: TCP_ALS,
  envoyOtelAls: OTEL_ALS,
  sds: SDS,
};

/** A service outside of the mesh's own that policies and telemetry may name. */
export const EXTENSION_PROVIDER = object(
  'A service that policies and telemetry may name.',
  { required: { name: text('Name of the provider.', { minLength: 1 }) }, optional: PROVIDERS },
  { exclusive: [Object.keys(PROVIDERS)] },
);
