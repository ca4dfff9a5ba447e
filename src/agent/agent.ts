import { stat } from 'node:fs/promises';
import { aborted } from '../kit/abort.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import { createLog } from '../kit/log.ts';
import { keepCertificate } from './certificate-keeper.ts';
import type { DnsProxy, DnsProxyOptions } from './dns/dns-proxy.ts';
import { EnvoyAdmin } from './envoy/admin.ts';
import { startDrain, waitForDrain } from './envoy/drain.ts';
import type { RunningEnvoy } from './envoy/envoy-process.ts';
import { startEnvoy } from './envoy/start-envoy.ts';
import { GrpcServer } from './grpc/server.ts';
import { AgentMetrics } from './metrics/agent-metrics.ts';
import { AdsRelay } from './relay/ads-relay.ts';
import { createFileSecrets } from './sds/file-secrets.ts';
import { createSdsHandlers } from './sds/sds-service.ts';
import { SecretBoard } from './sds/secret-board.ts';
import { createServerChannel, type ServerChannel } from './server-channel.ts';
import type { AgentSettings } from './settings/agent-settings.ts';
import { isServed, openSocket, prepareSocket } from './socket-file.ts';
import { Readiness } from './status/readiness.ts';
import { StatusServer } from './status/status-server.ts';
import { TokenFile } from './token-file.ts';
import { watchFile } from './watched-file.ts';
import { WorkloadSecrets } from './workload-secrets.ts';

const log = createLog('agent');

/** Roots of the mesh, as the control plane puts them into every namespace. */
const MOUNTED_ROOTS = './var/run/secrets/istio/root-cert.pem';

/** Where distributions keep the roots that a machine trusts. */
const SYSTEM_ROOTS = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** What an agent is made of. */
export interface AgentOptions {
  readonly settings: AgentSettings;
  /** Loaded only where DNS is answered. */
  readonly createDns?: ((options: DnsProxyOptions) => DnsProxy) | undefined;
  readonly clock?: Clock;
}

/**
 * The process beside an Envoy: keeps its certificate fresh, passes its configuration on, starts it and ends it.
 *
 * Everything that the control plane could be away for goes on without it: Envoy keeps what it has, and the certificate its life.
 */
export class Agent {
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  readonly #stopping = new AbortController();
  readonly #quit = Promise.withResolvers<void>();
  readonly #secrets: WorkloadSecrets;
  readonly #metrics: AgentMetrics;
  readonly #board: SecretBoard;
  readonly #ca: ServerChannel;
  readonly #discovery: ServerChannel;
  readonly #relay: AdsRelay;
  readonly #dns: DnsProxy | undefined;
  readonly #status: StatusServer;
  readonly #servers: GrpcServer[] = [];
  readonly #stops: (() => void)[] = [];
  readonly #admin: EnvoyAdmin;
  #settings: AgentSettings;
  #envoy: RunningEnvoy | undefined;
  #isDraining = false;

  constructor({ settings, createDns, clock = systemClock }: AgentOptions) {
    const { certificate, files, fileQuietMs, proxy, proxyConfig } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.#admin = new EnvoyAdmin(proxyConfig.adminPort);
    this.#metrics = new AgentMetrics({
      certificateEndMs: () => this.#secrets.identity?.notAfterMs,
      now: () => clock.now(),
    });
    this.#board = new SecretBoard([
      createFileSecrets({
        quietMs: fileQuietMs,
        systemRoots: SYSTEM_ROOTS,
        crlFile: files.crl,
        own: certificate.mounted,
      }),
    ]);
    this.#secrets = new WorkloadSecrets(this.#board, {
      crlFile: files.crl,
      output:
        certificate.outputFolder === undefined
          ? undefined
          : { folder: certificate.outputFolder, mode: certificate.outputMode },
    });
    // One for both: what is wrong with it is told once.
    const identity = { token: new TokenFile(settings.tokenFile), clusterId: settings.clusterId };
    this.#ca = createServerChannel(settings.ca, identity, certificate.client);
    this.#discovery = createServerChannel(settings.discovery, identity, certificate.client);
    const domain = proxy.domain ?? '';
    this.#dns =
      settings.dns &&
      createDns?.({ settings: settings.dns, namespace: proxy.namespace, domain, metrics: this.#metrics });
    this.#relay = new AdsRelay({
      channel: this.#discovery.channel,
      credentials: this.#discovery.credentials,
      describeCredentials: this.#discovery.describeCredentials,
      localTypes: this.#dns === undefined ? [] : [this.#dns.localType],
      listener: this.#metrics.relayListener,
    });
    this.#status = this.#createStatus();
  }

  /** Resolves when somebody in the pod has asked to end at once. */
  get quit(): Promise<void> {
    return this.#quit.promise;
  }

  /** Serves Envoy's sockets and begins to ask for a certificate; Envoy may start when it resolves. @throws Fault */
  async start(): Promise<void> {
    const { files, certificate, fileQuietMs, proxyConfig } = this.#settings;
    // First of all, for probes come from the first second on, and must hear that it is too early.
    await this.#status.listen(proxyConfig.statusPort);
    this.#stops.push(
      watchFile(MOUNTED_ROOTS, fileQuietMs, (pem) => {
        this.#secrets.setMountedRoots(pem);
        // Whoever checks the CA's own certificate must know the new root too.
        this.#ca.reconnect();
      }),
    );
    if (await isServed(files.sdsSocket)) await this.#serveFilesOnly();
    else {
      await this.#serve(files.sdsSocket, createSdsHandlers(this.#board));
      if (certificate.source === 'ca') void this.#keepCertificate();
    }
    if (await isThere(files.credentialSocket)) this.#addMetadata('credential');
    await this.#serve(files.xdsSocket, this.#relay.handlers);
    await this.#dns?.start();
  }

  /** Starts Envoy, or takes up the one that runs. @throws Fault when it cannot be */
  async startEnvoy(): Promise<RunningEnvoy> {
    this.#envoy = await startEnvoy(this.#settings);
    return this.#envoy;
  }

  /** Lets connections end, as long as that may take; Envoy is gone when it resolves. @param hurry ends the waiting */
  async drain(hurry: AbortSignal): Promise<void> {
    this.#stopping.abort();
    const { proxy, proxyConfig, shutdown, envoy, bootstrap } = this.#settings;
    if (this.#envoy === undefined) return;
    // Whoever asked for it before has waited already.
    if (!this.#isDraining) {
      const { secureMetricsPort, secureMergedMetricsPort } = bootstrap;
      const ownPorts = [envoy.readyPort, envoy.prometheusPort, secureMetricsPort, secureMergedMetricsPort];
      const { terminationDrainMs } = proxyConfig;
      const settings = { type: proxy.type, terminationDrainMs, ownPorts, ...shutdown };
      const signal = AbortSignal.any([hurry, whenGone(this.#envoy)]);
      await Promise.race([startDrain(this.#admin, proxy.type), aborted(signal)]);
      await waitForDrain(this.#admin, settings, this.#clock, signal);
    }
    this.#envoy.kill();
    await this.#envoy.exit;
  }

  /** Ends everything, Envoy too. */
  async stop(): Promise<void> {
    this.#ended.abort();
    this.#stopping.abort();
    for (const stop of this.#stops) stop();
    this.#ca.close();
    this.#discovery.close();
    this.#dns?.close();
    this.#status.close();
    this.#envoy?.kill();
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  #createStatus(): StatusServer {
    const settings = this.#settings;
    const hasEnvoy = !settings.envoy.isDisabled;
    const dns = this.#dns;
    return new StatusServer({
      settings: settings.status,
      readiness: new Readiness({
        getStats: hasEnvoy ? (path) => this.#admin.get(path) : undefined,
        stopping: this.#stopping.signal,
        isDnsReady: dns && (() => dns.isReady),
        hasCertificate: () => settings.certificate.source !== 'ca' || this.#secrets.identity !== undefined,
      }),
      sources: {
        metrics: this.#metrics,
        envoyPort: hasEnvoy && settings.status.mergesEnvoy ? settings.envoy.prometheusPort : undefined,
        targets: settings.status.scrapeTargets,
      },
      onQuit: () => this.#quit.resolve(),
      onDrain: async () => {
        this.#isDraining = true;
        await startDrain(this.#admin, settings.proxy.type, true);
      },
      getNames: dns && (() => dns.table?.toJson() ?? {}),
    });
  }

  /** Somebody else gives Envoy its certificate: what remains are those that the control plane names by their files. */
  async #serveFilesOnly(): Promise<void> {
    const { sdsSocket, fileSdsSocket } = this.#settings.files;
    log.info({ event: 'sds.external', path: sdsSocket }, `secrets come from whoever serves ${sdsSocket}`);
    await this.#serve(fileSdsSocket, createSdsHandlers(this.#board));
    this.#addMetadata('file-credential');
  }

  /** Tells the control plane of a socket that it may name. @see istio pkg/security/security.go `CredentialMetaDataName` */
  #addMetadata(name: string): void {
    const { proxy } = this.#settings;
    this.#settings = { ...this.#settings, proxy: { ...proxy, metadata: { ...proxy.metadata, [name]: 'true' } } };
  }

  async #serve(file: string, handlers: ConstructorParameters<typeof GrpcServer>[0]['handlers']): Promise<void> {
    const onError = (err: unknown, method: string) =>
      log.error({ event: 'agent.defect', method, err }, `a call of Envoy's could not be answered: ${method}`);
    const server = new GrpcServer({ handlers, onError });
    await prepareSocket(file);
    await server.listen(file);
    await openSocket(file);
    this.#servers.push(server);
  }

  async #keepCertificate(): Promise<void> {
    const parts = { ca: this.#ca, secrets: this.#secrets, metrics: this.#metrics, clock: this.#clock };
    await keepCertificate(this.#settings, parts, this.#ended.signal);
  }
}

function whenGone(envoy: RunningEnvoy): AbortSignal {
  const gone = new AbortController();
  void envoy.exit.then(() => gone.abort());
  return gone.signal;
}

async function isThere(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined;
}
