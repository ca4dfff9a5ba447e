import { durationFlag as duration } from '../cli/commands/duration-flag.ts';
import { flag } from '../cli/flag.ts';

/** `host:port` of a listening socket; an empty host listens everywhere. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const address = flag.parsed<Address | undefined>('host:port', (text) => {
  if (text === '') return { ok: true, value: undefined };
  const at = text.lastIndexOf(':');
  const port = Number(text.slice(at + 1));
  if (at < 0 || !Number.isInteger(port) || port < 0 || port > 65535) return { ok: false, expected: 'host:port' };
  return { ok: true, value: { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port } };
});

/**
 * The flags of `discovery`: istiod's names and defaults, so that a manifest written for it starts this.
 * Flags that only tune what istiod does differently are understood and have no effect; their help says so.
 * @see istio pilot/cmd/pilot-discovery/app/cmd.go
 */
export const discoveryFlags = {
  configDir: flag.string(
    'Directory of YAML with Istio and Kubernetes objects; watched. Wins over the same objects of a cluster.',
  ),
  kubeconfig: flag.string('Kubeconfig of the cluster; absent, that of the Pod this runs in, or $KUBECONFIG.'),
  meshConfig: flag.string('File with the mesh configuration.', { default: './etc/istio/config/mesh' }),
  networksConfig: flag.string('File with the mesh networks.', { default: './etc/istio/config/meshNetworks' }),
  domain: flag.string('DNS domain of the cluster.', { default: 'cluster.local' }),
  clusterID: flag.string('Name of the cluster this control plane runs in.', {
    env: 'CLUSTER_ID',
    default: 'Kubernetes',
  }),
  namespace: flag.string('Namespace of the control plane.', { env: 'POD_NAMESPACE', default: 'istio-system' }),
  revision: flag.string('Revision of the control plane.', { env: 'REVISION', default: 'default' }),
  grpcAddr: address('Plaintext xDS.', { default: ':15010' }),
  secureGRPCAddr: address('xDS and CA over TLS.', { default: ':15012' }),
  httpAddr: address('/ready and, unless turned off, /debug.', { default: ':8080' }),
  httpsAddr: address('Webhooks.', { default: ':15017' }),
  monitoringAddr: address('/metrics, /version and /debug.', { default: ':15014' }),
  ctrlz_address: flag.string('Address of ControlZ.', { default: 'localhost' }),
  ctrlz_port: flag.integer('Port of ControlZ; 0 turns it off.', { default: 9876 }),
  log_output_level: flag.list('Log levels by scope, `ads:debug,default:info`.'),
  log_as_json: flag.boolean('One JSON object a line.'),
  shutdownDuration: duration('How long a shutdown may take.', {
    env: 'TERMINATION_DRAIN_DURATION_SECONDS',
    default: '10s',
  }),
  keepaliveMaxServerConnectionAge: duration('When a proxy is asked to connect anew, to spread load.', {
    default: '8760h',
  }),
  keepaliveInterval: duration('How often idle connections are probed.', { default: '30s' }),
  keepaliveTimeout: duration('When an unanswered probe ends a connection.', { default: '10s' }),
  'tls-cipher-suites': flag.list('Cipher suites of the TLS ports.'),
  'tls-min-version': flag.string('Lowest TLS version of the TLS ports.', { default: '1.2' }),
  stateDir: flag.string('Folder of the root certificate and the key of join tokens, where no cluster keeps them.', {
    env: 'PILOTHOUSE_STATE_DIR',
  }),
  tlsCertFile: flag.string('Certificate of the TLS ports; absent, our own CA signs one.'),
  tlsKeyFile: flag.string('Its private key.'),
  caCertFile: flag.string('Root certificate of that certificate.'),
  registries: flag.list('Where services come from; a list without `Kubernetes` leaves the cluster out.'),
  profile: flag.boolean('Understood, without effect: profiles are taken with node --inspect.', { default: true }),
  log_caller: flag.string('Understood, without effect.'),
  log_stacktrace_level: flag.string('Understood, without effect.'),
  log_target: flag.list('Understood, without effect: logs go to standard error.'),
  vklog: flag.string('Understood, without effect.'),
  clusterRegistriesNamespace: flag.string('Namespace of remote cluster secrets.'),
  kubernetesApiQPS: flag.string('Understood, without effect.'),
  kubernetesApiBurst: flag.string('Understood, without effect.'),
} as const;
