import { CLIENT_TLS } from '../parts/client-tls.ts';
import { TCP_KEEPALIVE } from '../parts/connection-pool.ts';
import { choice, decimal, flag, listOf, mapOf, object, opaque, text, unused, whole } from '../schema/fields.ts';

/** What becomes of the header that carries client certificates. */
export const FORWARD_CLIENT_CERT = choice('What becomes of the header x-forwarded-client-cert.', [
  'UNDEFINED',
  'SANITIZE',
  'FORWARD_ONLY',
  'APPEND_FORWARD',
  'SANITIZE_SET',
  'ALWAYS_FORWARD_ONLY',
]);

const DISABLED = (description: string) =>
  object(description, {
    required: {},
    optional: { disabled: flag('Whether the header is left out.', { absent: 'false' }) },
  });
const ENABLED = (description: string) =>
  object(description, { required: {}, optional: { enabled: flag('Whether the header is set.', { absent: 'false' }) } });

/** Headers that proxies add by themselves. */
export const PROXY_HEADERS = object('Headers that proxies add by themselves.', {
  required: {},
  optional: {
    forwardedClientCert: FORWARD_CLIENT_CERT,
    setCurrentClientCertDetails: object('What x-forwarded-client-cert says of the client.', {
      required: {},
      optional: {
        subject: flag('Its subject.', { absent: 'true' }),
        cert: flag('Its certificate.', { absent: 'false' }),
        chain: flag('Its chain of certificates.', { absent: 'false' }),
        dns: flag('Its DNS names.', { absent: 'true' }),
        uri: flag('Its URIs.', { absent: 'true' }),
      },
    }),
    requestId: DISABLED('x-request-id.'),
    server: object('server.', {
      required: {},
      optional: {
        disabled: flag('Whether the header is left as it is.', { absent: 'false' }),
        value: text('Value of the header.', { absent: 'istio-envoy' }),
      },
    }),
    attemptCount: DISABLED('x-envoy-attempt-count.'),
    envoyDebugHeaders: DISABLED('x-envoy-overloaded and the like.'),
    metadataExchangeHeaders: object('x-envoy-peer-metadata.', {
      required: {},
      optional: { mode: choice('To whom the header is sent.', ['UNDEFINED', 'IN_MESH']) },
    }),
    preserveHttp1HeaderCase: flag('Whether names of headers keep upper case in HTTP/1.1.', { absent: 'false' }),
    xForwardedHost: ENABLED('x-forwarded-host.'),
    xForwardedPort: ENABLED('x-forwarded-port.'),
  },
});

const LIMIT = (description: string, minimum: number) => whole(description, { minimum, absent: "Envoy's" });
const TIME = (description: string) => text(description, { format: 'duration-or-zero', absent: "Envoy's" });

/** Limits on connections that a proxy accepts. */
export const CONNECTION_SETTINGS = object('Limits on connections that a proxy accepts.', {
  required: {},
  optional: {
    profile: choice('Defaults of the other fields.', ['SIDECAR', 'EDGE']),
    listenerPerConnectionBufferLimitBytes: LIMIT('Bytes buffered for a client.', 0),
    clusterPerConnectionBufferLimitBytes: LIMIT('Bytes buffered for a workload.', 0),
    httpIdleTimeout: TIME('How long a connection without requests lives.'),
    httpMaxConnectionDuration: TIME('How long a connection lives.'),
    httpDrainTimeout: TIME('How long a connection that ends may finish.'),
    httpRequestTimeout: TIME('How long a request may take to arrive.'),
    httpRequestHeadersTimeout: TIME('How long the headers of a request may take to arrive.'),
    httpStreamIdleTimeout: TIME('How long a request may be silent.'),
    httpMaxStreamDuration: TIME('How long a request may take.'),
    httpMaxConcurrentStreams: LIMIT('Requests at the same time on a connection.', 1),
    http2InitialStreamWindowSize: LIMIT('Window of a request, in bytes.', 65535),
    http2InitialConnectionWindowSize: LIMIT('Window of a connection, in bytes.', 65535),
    httpHeadersWithUnderscoresAction: choice('What becomes of headers with underscores.', [
      'HEADERS_WITH_UNDERSCORES_UNSPECIFIED',
      'HEADERS_WITH_UNDERSCORES_ALLOW',
      'HEADERS_WITH_UNDERSCORES_REJECT_REQUEST',
      'HEADERS_WITH_UNDERSCORES_DROP_HEADER',
    ]),
    httpMergeSlashes: flag('Whether // in a path is /.', { absent: 'false' }),
    httpPathWithEscapedSlashesAction: choice('What becomes of paths with %2F.', [
      'PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED',
      'KEEP_UNCHANGED',
      'REJECT_REQUEST',
      'UNESCAPE_AND_REDIRECT',
      'UNESCAPE_AND_FORWARD',
    ]),
    listenerConnectionLimit: unused(LIMIT('Connections of a listener.', 1)),
    globalDownstreamConnectionLimit: unused(LIMIT('Connections of the proxy.', 1)),
  },
});

const REMOTE_SERVICE = object('A service by its address.', {
  required: {},
  optional: {
    address: text('`host:port`.', { format: 'host-port-or-empty' }),
    tlsSettings: CLIENT_TLS,
    tcpKeepalive: TCP_KEEPALIVE,
  },
});

const NAMED = object('A value with a default.', {
  required: {},
  optional: { name: text('Name.', { minLength: 1 }), defaultValue: text('Value when there is none.') },
});

const ADDRESS = object('A service by its address.', {
  required: {},
  optional: { address: text('`host:port`.', { format: 'host-port-or-empty' }) },
});

const TRACING = object(
  'Where traces go.',
  {
    required: {},
    optional: {
      zipkin: ADDRESS,
      lightstep: object('Lightstep.', {
        required: {},
        optional: { address: text('`host:port`.', { format: 'host-port-or-empty' }), accessToken: text('Token.') },
      }),
      datadog: ADDRESS,
      stackdriver: object('Google Cloud.', {
        required: {},
        optional: {
          debug: flag('Prints traces.'),
          maxNumberOfAttributes: whole('Most attributes.'),
          maxNumberOfAnnotations: whole('Most annotations.'),
          maxNumberOfMessageEvents: whole('Most events.'),
        },
      }),
      openCensusAgent: object('An OpenCensus agent.', {
        required: {},
        optional: {
          address: text('Address.'),
          context: listOf(
            'Which headers carry the trace.',
            choice('Header.', ['UNSPECIFIED', 'W3C_TRACE_CONTEXT', 'GRPC_BIN', 'CLOUD_TRACE_CONTEXT', 'B3']),
          ),
        },
      }),
      customTags: mapOf(
        'Tags that are added to traces.',
        object(
          'Where the value comes from.',
          {
            required: {},
            optional: {
              literal: object('The value itself.', {
                required: {},
                optional: { value: text('Value.', { minLength: 1 }) },
              }),
              environment: NAMED,
              header: NAMED,
            },
          },
          { exclusive: [['literal', 'environment', 'header']] },
        ),
      ),
      maxPathTagLength: whole('Longest path that is recorded, in characters.', { minimum: 0, absent: '256' }),
      sampling: decimal('Percent of requests that are traced.', { minimum: 0, maximum: 100, absent: '1' }),
      tlsSettings: CLIENT_TLS,
      enableIstioTags: flag("Whether Istio's tags are added.", { absent: 'true' }),
    },
  },
  { exclusive: [['zipkin', 'lightstep', 'datadog', 'stackdriver', 'openCensusAgent']] },
);

const POLLING = object('Hardware that signs.', {
  required: { pollDelay: text('How long requests are collected.', { format: 'duration-or-zero' }) },
  optional: { fallback: flag('Whether software signs where the hardware is missing.', { absent: 'false' }) },
});

/** Settings of every proxy: what listeners and clusters need, and what the proxy is started with. */
export const PROXY_CONFIG = object(
  'Settings of every proxy.',
  {
    required: {},
    optional: {
      configPath: text('Directory of the generated bootstrap.', { minLength: 1, absent: './etc/istio/proxy' }),
      binaryPath: text("Envoy's binary.", { minLength: 1, absent: '/usr/local/bin/envoy' }),
      serviceCluster: text('Name of the service for traces.', { minLength: 1, absent: 'istio-proxy' }),
      tracingServiceName: choice('How the service is named in traces.', [
        'APP_LABEL_AND_NAMESPACE',
        'CANONICAL_NAME_ONLY',
        'CANONICAL_NAME_AND_NAMESPACE',
      ]),
      drainDuration: text('How long a proxy that restarts goes on, in whole seconds.', {
        format: 'whole-seconds',
        absent: '45s',
      }),
      discoveryAddress: text('Address of the control plane: `host:port`.', {
        format: 'host-port',
        absent: 'istiod.istio-system.svc:15012',
      }),
      discoveryRefreshDelay: unused(text('Has no effect.', { deprecated: true })),
      zipkinAddress: text('Use `tracing.zipkin.address`.', { deprecated: true }),
      statsdUdpAddress: text('Address of statsd: `host:port`.', { format: 'host-port-or-empty' }),
      envoyMetricsServiceAddress: text('Use `envoyMetricsService`.', { deprecated: true }),
      proxyAdminPort: whole("Port of Envoy's administration.", { minimum: 1, maximum: 65535, absent: '15000' }),
      availabilityZone: unused(text('Has no effect.', { deprecated: true })),
      controlPlaneAuthPolicy: choice('How the control plane is reached.', ['NONE', 'MUTUAL_TLS'], {
        absent: 'MUTUAL_TLS',
      }),
      customConfigFile: text('Bootstrap to use instead of the generated one.'),
      statNameLength: whole('Longest name of a statistic.', { absent: '189' }),
      concurrency: whole('Worker threads; 0 is one a core.', { minimum: 0, absent: 'as the CPU limit says' }),
      proxyBootstrapTemplatePath: text('Template of the bootstrap.'),
      interceptionMode: choice('How traffic gets into the proxy.', ['REDIRECT', 'TPROXY', 'NONE']),
      tracing: TRACING,
      sds: unused(opaque('Has no effect.', { deprecated: true })),
      envoyAccessLogService: REMOTE_SERVICE,
      envoyMetricsService: REMOTE_SERVICE,
      proxyMetadata: mapOf('Environment of the proxy.', text('Value.')),
      runtimeValues: mapOf("Envoy's runtime flags; an empty value removes one.", text('Value.')),
      statusPort: whole('Port of the agent.', { minimum: 1, maximum: 65535, absent: '15020' }),
      extraStatTags: listOf('Tags taken out of the names of statistics.', text('Name of the tag.')),
      gatewayTopology: object('What stands in front of gateways.', {
        required: {},
        optional: {
          numTrustedProxies: whole('Proxies in front whose x-forwarded-for is believed.', { minimum: 0, absent: '0' }),
          forwardClientCertDetails: FORWARD_CLIENT_CERT,
          proxyProtocol: opaque('Takes the PROXY protocol on every port.'),
        },
      }),
      terminationDrainDuration: text('How long a proxy that ends goes on.', {
        format: 'duration-or-zero',
        absent: '5s',
      }),
      meshId: text('Name of the mesh.', { absent: 'the trust domain' }),
      readinessProbe: opaque('How the application is found to be ready.'),
      proxyStatsMatcher: object('Statistics that are kept beside the usual ones.', {
        required: {},
        optional: {
          inclusionPrefixes: listOf('Prefixes of their names.', text('Prefix.')),
          inclusionSuffixes: listOf('Suffixes of their names.', text('Suffix.')),
          inclusionRegexps: listOf('Expressions for their names.', text('Expression.', { format: 'regex' })),
        },
      }),
      holdApplicationUntilProxyStarts: flag('Whether the application waits for the proxy.', { absent: 'false' }),
      caCertificatesPem: listOf('Authorities that are trusted beside the mesh.', text('Certificate.')),
      image: object('Image of the proxy.', { required: {}, optional: { imageType: text('Variant of the image.') } }),
      privateKeyProvider: object(
        'Hardware that signs.',
        { required: {}, optional: { cryptomb: POLLING, qat: POLLING } },
        { exclusive: [['cryptomb', 'qat']] },
      ),
      proxyHeaders: PROXY_HEADERS,
      fileFlushInterval: text('How often access logs are written.', { format: 'duration-or-zero' }),
      fileFlushMinSizeKb: whole('Size at which access logs are written.', { minimum: 0 }),
      statsCompression: flag('Whether statistics are compressed.', { absent: 'true' }),
      connectionSettings: CONNECTION_SETTINGS,
    },
  },
  { exclusive: [['serviceCluster', 'tracingServiceName']] },
);
