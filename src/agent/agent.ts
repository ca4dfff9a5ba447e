import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isIPv6 } from 'node:net';
import { type Clock, systemClock } from '../kit/clock.ts';
import { createLog } from '../kit/log.ts';
import { tcpAddress } from './address.ts';
import { compileBootstrap } from './bootstrap.ts';
import { EnvoyAdmin } from './envoy/admin.ts';
import { startDrain, waitForDrain } from './envoy/drain.ts';
import { EnvoyProcess } from './envoy/envoy-process.ts';
import { GrpcServer } from './grpc/server.ts';
import { requestCertificate } from './identity/ca-client.ts';
import { keepRenewed, RenewalTrigger } from './identity/renewal.ts';
import { AdsRelay } from './relay/ads-relay.ts';
import type { LocalType } from './relay/local-type.ts';
import { createFileSecrets } from './sds/file-secrets.ts';
import { createSdsHandlers } from './sds/sds-service.ts';
import { SecretBoard } from './sds/secret-board.ts';
import { createServerChannel, type ServerChannel } from './server-channel.ts';
import type { AgentSettings } from './settings/agent-settings.ts';
import { isServed, openSocket, prepareSocket } from './socket-file.ts';
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
  /** Types that end at the agent. */
  readonly localTypes?: readonly LocalType[];
  readonly clock?: Clock;
}

/**
 * The process beside an Envoy: keeps its certificate fresh, passes its configuration on, starts it and ends it.
 *
 * Everything that the control plane could be away for goes on without it: Envoy keeps what it has, and the certificate its life.
 */
export class Agent {
  readonly #settings: AgentSettings;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  readonly #secrets: WorkloadSecrets;
  readonly #board: SecretBoard;
  readonly #renewNow = new RenewalTrigger();
  readonly #ca: ServerChannel;
  readonly #discovery: ServerChannel;
  readonly #relay: AdsRelay;
  readonly #servers: GrpcServer[] = [];
  readonly #stops: (() => void)[] = [];
  readonly #admin: EnvoyAdmin;
  #envoy: EnvoyProcess | undefined;

  constructor({ settings, localTypes = [], clock = systemClock }: AgentOptions) {
    const { certificate, files, fileQuietMs } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.#admin = new EnvoyAdmin(settings.proxyConfig.adminPort);
    this.#board = new SecretBoard([
      createFileSecrets({ quietMs: fileQuietMs, systemRoots: SYSTEM_ROOTS, crlFile: files.crl }),
    ]);
    this.#secrets = new WorkloadSecrets(this.#board, { outputFolder: certificate.outputFolder });
    this.#ca = createServerChannel(settings.ca, settings, certificate.provisionedFolder ?? certificate.outputFolder);
    this.#discovery = createServerChannel(
      settings.discovery,
      settings,
      certificate.provisionedFolder ?? certificate.outputFolder,
    );
    this.#relay = new AdsRelay({
      channel: this.#discovery.channel,
      credentials: this.#discovery.credentials,
      localTypes,
    });
  }

  get admin(): EnvoyAdmin {
    return this.#admin;
  }

  /** What Envoy was told of this workload's identity. */
  get secrets(): WorkloadSecrets {
    return this.#secrets;
  }

  /** Serves Envoy's sockets and begins to ask for a certificate; Envoy may start when it resolves. */
  async start(): Promise<void> {
    const { files } = this.#settings;
    this.#stops.push(
      watchFile(MOUNTED_ROOTS, this.#settings.fileQuietMs, (pem) => {
        this.#secrets.setMountedRoots(pem);
        // Whoever checks the CA's own certificate must know the new root too.
        this.#ca.reconnect();
      }),
    );
    if (await isServed(files.sdsSocket)) {
      log.info({ event: 'sds.external', path: files.sdsSocket }, `secrets come from whoever serves ${files.sdsSocket}`);
    } else {
      await this.#serve(files.sdsSocket, createSdsHandlers(this.#board));
      void this.#keepCertificate();
    }
    await this.#serve(files.xdsSocket, this.#relay.handlers);
  }

  /** Starts Envoy. @throws Fault when it cannot be */
  async startEnvoy(): Promise<EnvoyProcess> {
    const { envoy, files, proxyConfig, proxy } = this.#settings;
    await mkdir(path.dirname(files.bootstrap), { recursive: true });
    await writeFile(files.bootstrap, JSON.stringify(this.#compileBootstrap(), null, 2));
    const override = envoy.overrideFile === undefined ? undefined : await readFile(envoy.overrideFile, 'utf8');
    this.#envoy = await EnvoyProcess.start({
      binary: proxyConfig.binaryPath,
      bootstrapFile: files.bootstrap,
      drainMs: proxyConfig.drainMs,
      isIpv6: isIPv6(proxy.ips[0]),
      logLevel: envoy.logLevel,
      componentLogLevel: envoy.componentLogLevel,
      concurrency: envoy.concurrency,
      override,
    });
    return this.#envoy;
  }

  /** Lets connections end, as long as that may take; Envoy is gone when it resolves. */
  async drain(deadlineMs: number): Promise<void> {
    const { proxy, proxyConfig, shutdown } = this.#settings;
    if (this.#envoy === undefined) return;
    await startDrain(this.#admin, proxy.type);
    const settings = { type: proxy.type, terminationDrainMs: proxyConfig.terminationDrainMs, ...shutdown, deadlineMs };
    await waitForDrain(this.#admin, settings, this.#clock, whenGone(this.#envoy));
    this.#envoy.kill();
    await this.#envoy.exit;
  }

  /** Ends everything but Envoy. */
  async stop(): Promise<void> {
    this.#ended.abort();
    for (const stop of this.#stops) stop();
    this.#ca.close();
    this.#discovery.close();
    this.#envoy?.kill();
    await Promise.all(this.#servers.map((server) => server.close()));
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
    const { certificate } = this.#settings;
    const { graceRatio, graceJitter } = certificate;
    const options = {
      graceRatio,
      graceJitter,
      clock: this.#clock,
      issue: async (signal: AbortSignal) => {
        await this.#ca.refresh();
        const { credentials, channel } = this.#ca;
        return requestCertificate(channel, certificate, { credentials, signal, now: () => this.#clock.now() });
      },
      onIssued: (identity: Parameters<WorkloadSecrets['setIdentity']>[0]) => {
        this.#secrets.setIdentity(identity).catch((err: unknown) => {
          log.error(
            { event: 'certificate.output', err },
            `the certificate could not be written to ${certificate.outputFolder}`,
          );
        });
      },
    };
    await keepRenewed(options, this.#ended.signal, this.#renewNow);
  }

  #compileBootstrap(): object {
    const { proxy, proxyConfig, envoy, files } = this.#settings;
    const every = isIPv6(proxy.ips[0]) ? '::' : '0.0.0.0';
    return compileBootstrap({
      proxy,
      discovery: { kind: 'pipe', path: files.xdsSocket },
      admin: tcpAddress('127.0.0.1', proxyConfig.adminPort),
      agent: { sds: { kind: 'pipe', path: files.sdsSocket }, status: tcpAddress('127.0.0.1', proxyConfig.statusPort) },
      health: tcpAddress(every, envoy.readyPort),
      metrics: tcpAddress(every, envoy.prometheusPort),
      isDelta: envoy.isDelta,
      runtime: proxyConfig.runtimeValues,
    });
  }
}

function whenGone(envoy: EnvoyProcess): AbortSignal {
  const gone = new AbortController();
  void envoy.exit.then(() => gone.abort());
  return gone.signal;
}
