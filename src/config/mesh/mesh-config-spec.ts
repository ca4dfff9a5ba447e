import { CLIENT_TLS } from '../parts/client-tls.ts';
import { CONNECTION_POOL, TCP_KEEPALIVE } from '../parts/connection-pool.ts';
import { LOCALITY_LB, ZONE_AWARE_LB } from '../parts/locality-lb.ts';
import { OUTLIER_DETECTION } from '../parts/outlier-detection.ts';
import { RETRIES } from '../parts/retries.ts';
import { choice, flag, listOf, mapOf, object, text, unused, whole } from '../schema/fields.ts';
import { EXTENSION_PROVIDER } from './extension-provider-spec.ts';
import { PROXY_CONFIG } from './proxy-config-spec.ts';

const LABEL_SELECTOR = object('Picks objects by their labels.', {
  required: {},
  optional: {
    matchLabels: mapOf('Labels that must be there.', text('Value of the label.')),
    matchExpressions: listOf(
      'Conditions on labels.',
      object('A condition.', {
        required: {
          key: text('Key of the label.'),
          operator: choice('What must hold.', ['In', 'NotIn', 'Exists', 'DoesNotExist']),
        },
        optional: { values: listOf('Values to compare with.', text('Value of the label.')) },
      }),
    ),
  },
});

const TLS = object('Settings of TLS.', {
  required: {},
  optional: {
    minProtocolVersion: choice('Lowest version of TLS.', ['TLS_AUTO', 'TLSV1_2', 'TLSV1_3']),
    ecdhCurves: listOf('Curves, most wanted first.', text('Name of the curve.')),
    cipherSuites: listOf('Ciphers.', text('Name of the cipher.')),
  },
});

const VISIBILITY = choice('Who sees the object.', ['VISIBILITY_UNSPECIFIED', 'NONE', 'NAMESPACE', 'PUBLIC']);
const NAMESPACES = (kind: string) =>
  listOf(`Namespaces that see a ${kind} which does not say it.`, text('Namespace, `*`, `.` or `~`.'), {
    absent: '`*`',
  });
const PORT = (description: string, absent: string) => whole(description, { minimum: 0, maximum: 65535, absent });

/** Settings of the whole mesh. */
export const MESH_CONFIG = object('Settings of the whole mesh.', {
  required: {},
  optional: {
    proxyListenPort: whole("Port of sidecars' outbound side.", { minimum: 1, maximum: 65535, absent: '15001' }),
    proxyInboundListenPort: PORT("Port of sidecars' inbound side.", '15006'),
    proxyHttpPort: PORT('Port on which sidecars are HTTP proxies; 0 is none.', '0'),
    connectTimeout: text('How long connecting may take, up to 1h.', { format: 'duration', absent: '10s' }),
    hboneIdleTimeout: unused(text('How long a tunnel without traffic lives.', { format: 'duration-or-zero' })),
    protocolDetectionTimeout: text('How long a proxy waits for the first bytes; 0s is for ever.', {
      format: 'duration-or-zero',
      absent: '0s',
    }),
    tcpKeepalive: TCP_KEEPALIVE,
    ingressClass: unused(text('Class of Ingresses that are read.', { absent: 'istio' })),
    ingressService: unused(text('Service of the gateway that serves Ingresses.', { absent: 'istio-ingressgateway' })),
    ingressControllerMode: unused(
      choice('Which Ingresses are read.', ['UNSPECIFIED', 'OFF', 'DEFAULT', 'STRICT'], { absent: 'STRICT' }),
    ),
    ingressSelector: unused(text('Label `istio` of the gateway that serves Ingresses.')),
    enableTracing: unused(flag('Whether requests are traced.', { absent: 'true' })),
    accessLogFile: text('File of access logs; empty is none.', { absent: 'none' }),
    accessLogFormat: text('Format of a line of access logs.', { absent: "Istio's" }),
    accessLogEncoding: choice('How access logs are written.', ['TEXT', 'JSON']),
    enableEnvoyAccessLogService: unused(flag('Whether access logs are sent by gRPC.', { absent: 'false' })),
    disableEnvoyListenerLog: unused(flag('Whether listeners log nothing.', { absent: 'false' })),
    defaultConfig: PROXY_CONFIG,
    outboundTrafficPolicy: object('What becomes of traffic to hosts that the registry does not have.', {
      required: {},
      optional: {
        mode: choice('Whether such traffic is let through.', ['REGISTRY_ONLY', 'ALLOW_ANY', 'ALLOW_ANY_DYNAMIC_DNS']),
        tls: unused(CLIENT_TLS),
      },
    }),
    inboundTrafficPolicy: object('Where sidecars send traffic that comes in.', {
      required: {},
      optional: {
        mode: choice('To the address that was asked for, or to the loopback.', ['PASSTHROUGH', 'LOCALHOST']),
      },
    }),
    configSources: unused(
      listOf(
        'Where objects come from.',
        object('A source.', {
          required: {},
          optional: {
            address: text('Address of the source.'),
            tlsSettings: CLIENT_TLS,
            subscribedResources: listOf('What is read.', choice('Kind.', ['SERVICE_REGISTRY'])),
          },
        }),
      ),
    ),
    enableAutoMtls: flag('Whether proxies encrypt where both sides can.', { absent: 'true' }),
    trustDomain: text('Trust domain of the mesh.', { format: 'trust-domain', absent: 'cluster.local' }),
    trustDomainAliases: listOf(
      'Other trust domains that are this mesh.',
      text('Trust domain.', { format: 'trust-domain' }),
    ),
    caCertificates: listOf(
      'Authorities that are trusted beside the mesh.',
      object(
        'An authority.',
        {
          required: {},
          optional: {
            pem: unused(text('Certificate.')),
            spiffeBundleUrl: unused(text('Address of a SPIFFE bundle.')),
            certSigners: unused(listOf('Signers.', text('Name.'))),
            trustDomains: listOf('Trust domains that may call within the mesh.', text('Trust domain.')),
          },
        },
        { exclusive: [['pem', 'spiffeBundleUrl']] },
      ),
    ),
    defaultServiceExportTo: NAMESPACES('service'),
    defaultVirtualServiceExportTo: NAMESPACES('VirtualService'),
    defaultDestinationRuleExportTo: NAMESPACES('DestinationRule'),
    rootNamespace: text('Namespace whose objects are for the whole mesh.', {
      format: 'dns-label',
      absent: 'istio-system',
    }),
    localityLbSetting: LOCALITY_LB,
    zoneAwareLbSetting: ZONE_AWARE_LB,
    dnsRefreshRate: text('How often DNS is asked again after it failed.', { format: 'duration', absent: '60s' }),
    h2UpgradePolicy: choice('Whether HTTP/1.1 is carried over HTTP/2.', ['DO_NOT_UPGRADE', 'UPGRADE']),
    inboundClusterStatName: text('Name of inbound clusters in statistics, with `%SERVICE%` and the like.'),
    outboundClusterStatName: text('Name of outbound clusters in statistics, with `%SERVICE%` and the like.'),
    certificates: unused(
      listOf(
        'Has no effect.',
        object('A certificate.', {
          required: {},
          optional: { secretName: text('Secret.'), dnsNames: listOf('Names.', text('Name.')) },
        }),
        { deprecated: true },
      ),
    ),
    serviceSettings: listOf(
      'Settings of some services.',
      object('Settings of some services.', {
        required: {},
        optional: {
          settings: object('Settings.', {
            required: {},
            optional: { clusterLocal: flag('Whether traffic stays in the cluster.', { absent: 'false' }) },
          }),
          hosts: listOf('Hosts that are meant.', text('Host.', { format: 'host' })),
        },
      }),
    ),
    serviceScopeConfigs: unused(
      listOf(
        'Which services other clusters see.',
        object('A rule.', {
          required: {},
          optional: {
            namespaceSelector: LABEL_SELECTOR,
            servicesSelector: LABEL_SELECTOR,
            scope: choice('Who sees them.', ['LOCAL', 'GLOBAL']),
          },
        }),
      ),
    ),
    enablePrometheusMerge: unused(flag("Whether the agent serves the application's metrics too.", { absent: 'true' })),
    verifyCertificateAtClient: unused(flag('Has no effect.', { deprecated: true })),
    ca: unused(
      object('An authority outside of the control plane.', {
        required: {},
        optional: {
          address: text('Address.'),
          tlsSettings: CLIENT_TLS,
          requestTimeout: text('How long an answer may take.', { format: 'duration' }),
          istiodSide: flag('Whether the control plane asks it.'),
        },
      }),
    ),
    extensionProviders: unused(listOf('Services that policies and telemetry may name.', EXTENSION_PROVIDER)),
    defaultProviders: unused(
      object('Providers used where nothing is said.', {
        required: {},
        optional: {
          tracing: listOf('Of traces.', text('Name of a provider.')),
          metrics: listOf('Of metrics.', text('Name of a provider.')),
          accessLogging: listOf('Of access logs.', text('Name of a provider.')),
        },
      }),
    ),
    discoverySelectors: listOf('Namespaces that are read at all; one of the entries must hold.', LABEL_SELECTOR, {
      absent: 'all',
    }),
    pathNormalization: object('How paths are made comparable.', {
      required: {},
      optional: {
        normalization: choice('Steps that are taken.', [
          'DEFAULT',
          'NONE',
          'BASE',
          'MERGE_SLASHES',
          'DECODE_AND_MERGE_SLASHES',
        ]),
      },
    }),
    defaultHttpRetryPolicy: RETRIES,
    defaultInboundHttpRetryPolicy: RETRIES,
    meshMTLS: TLS,
    tlsDefaults: TLS,
    defaultTrafficPolicy: object('Settings of traffic that a DestinationRule leaves open.', {
      required: {},
      optional: { connectionPool: CONNECTION_POOL, outlierDetection: OUTLIER_DETECTION },
    }),
    serviceEntryVisibility: object('Bounds who sees ServiceEntries.', {
      required: {},
      optional: {
        defaultVisibility: VISIBILITY,
        applyToSidecars: flag('Whether sidecars are bound, too.', { absent: 'false' }),
        policies: listOf(
          'Bounds by namespace.',
          object('A bound.', {
            required: {},
            optional: {
              visibility: VISIBILITY,
              matchingRules: listOf(
                'Namespaces that are meant.',
                object('A rule.', { required: {}, optional: { namespaceSelector: LABEL_SELECTOR } }),
              ),
            },
          }),
        ),
      },
    }),
  },
});
