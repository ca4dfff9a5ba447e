import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { certificateServiceDefinition } from '../../src/ca/certificate-service.ts';
import { createTestCsr, createTestKey, type TestKey } from '../../src/ca/testing.ts';
import { MemorySource } from '../../src/discovery/memory/memory-source.ts';
import { decodeMessage, encodeMessage } from '../../src/gen/codec.ts';
import type { istio_v1_auth_IstioCertificateRequest } from '../../src/gen/messages.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { ControlPlane } from '../../src/server/control-plane.ts';
import { createIdentity, type Identity } from '../../src/server/identity/identity.ts';
import type { Part } from '../../src/server/lifecycle.ts';
import { aggregatedDiscoveryService } from '../../src/xds/server.ts';
import { PLANE_OPTIONS } from './feature/plane-options.ts';

const LIMITS = { intervalMs: 30_000, timeoutMs: 10_000, maxAgeMs: 2 ** 31 - 1 };
const PATIENCE_MS = 10_000;
const CDS = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';

/** Where a control plane keeps its root: an API server, or a folder. */
export interface PlanePlace {
  readonly client?: KubeClient;
  readonly stateDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a caller proves itself with. */
export interface Proof {
  readonly token?: string;
  readonly cluster?: string;
  /** A client certificate with its chain, PEM, and its key. */
  readonly certificate?: { readonly chain: string; readonly key: TestKey };
  /** The roots that the caller trusts; the plane's own when absent. */
  readonly roots?: string;
}

/** What became of a request: a chain, or a refusal. */
export type Answer =
  | { readonly chain: readonly string[] }
  | { readonly code: number; readonly details: string; readonly retryAfter?: string };

/** A control plane in this process whose TLS port is open, and clients of it. */
export class SecurePlane {
  readonly identity: Identity;
  readonly #plane: ControlPlane;
  readonly #parts: readonly Part[];
  readonly #port: () => number;
  readonly #clients: Client[] = [];

  private constructor(plane: ControlPlane, identity: Identity, port: Part) {
    this.#plane = plane;
    this.identity = identity;
    this.#parts = [identity.ca, port];
    this.#port = () => port.port?.() ?? 0;
  }

  static async start({ client, stateDir, env = {} }: PlanePlace): Promise<SecurePlane> {
    const flags = {
      namespace: 'istio-system',
      revision: 'canary',
      clusterID: 'Kubernetes',
      stateDir,
      tlsCertFile: undefined,
      tlsKeyFile: undefined,
      caCertFile: undefined,
      'tls-min-version': '1.2',
      'tls-cipher-suites': [],
      secureGRPCAddr: { host: '127.0.0.1', port: 0 },
      httpsAddr: undefined,
    };
    const context = {
      env,
      cluster: client && { client },
      mesh: () => plane.world.snapshot.mesh,
      remoteClient: () => undefined,
    };
    const identity = createIdentity(flags, context);
    if (identity === undefined) throw new Error('neither an API server nor a folder was given');
    const plane: ControlPlane = new ControlPlane({
      ...PLANE_OPTIONS,
      sources: [new MemorySource('memory')],
      ...identity.admission,
    });
    const port = identity.createPort(plane.xds, LIMITS);
    if (port === undefined) throw new Error('the TLS port was turned off');
    const made = new SecurePlane(plane, identity, port);
    await plane.start();
    for (const part of made.#parts) await part.start();
    return made;
  }

  /** Of the TLS port. */
  get port(): number {
    return this.#port();
  }

  get roots(): string {
    return this.identity.ca.authority.bundle.current().pem;
  }

  /** Asks for a certificate. */
  async ask(proof: Proof, request: istio_v1_auth_IstioCertificateRequest = {}): Promise<Answer> {
    const csr = request.csr ?? createTestCsr({ key: createTestKey() });
    return this.askOver(this.#connect(proof), proof, { ...request, csr });
  }

  /** Asks over a connection that is there already. */
  askOver(client: Client, proof: Proof, request: istio_v1_auth_IstioCertificateRequest): Promise<Answer> {
    const { path, requestSerialize, responseDeserialize } = certificateServiceDefinition.CreateCertificate;
    const bytes = encodeMessage('istio.v1.auth.IstioCertificateRequest', request);
    const { promise, resolve } = Promise.withResolvers<Answer>();
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      bytes,
      toMetadata(proof),
      (error, response) => {
        if (error !== null || response === undefined) resolve(toRefusal(error));
        else resolve({ chain: decodeMessage('istio.v1.auth.IstioCertificateResponse', response).cert_chain ?? [] });
      },
    );
    return promise;
  }

  /** A connection that stays, for many requests. */
  connect(proof: Proof): Client {
    return this.#connect(proof);
  }

  /** Opens a stream as a proxy of a namespace and account; `served`, or the status that it ended with. */
  stream(proof: Proof, node: { readonly namespace: string; readonly account?: string }): Promise<string> {
    const { path, requestSerialize, responseDeserialize } = aggregatedDiscoveryService.DeltaAggregatedResources;
    const client = this.#connect(proof);
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, toMetadata(proof));
    const { promise, resolve } = Promise.withResolvers<string>();
    call.on('data', () => resolve('served'));
    call.on('error', (error: ServiceError) => resolve(`${error.code} ${error.details}`));
    const { namespace, account } = node;
    const fields = {
      NAMESPACE: { string_value: namespace },
      ...(account !== undefined && { SERVICE_ACCOUNT: { string_value: account } }),
    };
    const id = `sidecar~10.0.0.1~w.${namespace}~${namespace}.svc.cluster.local`;
    const request = { type_url: CDS, node: { id, metadata: { fields } } };
    call.write(encodeMessage('envoy.service.discovery.v3.DeltaDiscoveryRequest', request));
    return promise;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const part of this.#parts.toReversed()) await part.stop(AbortSignal.timeout(PATIENCE_MS));
    await this.#plane.stop();
  }

  #connect({ roots = this.roots, certificate }: Proof): Client {
    const key = certificate && Buffer.from(certificate.key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const chain = certificate && Buffer.from(certificate.chain);
    const secure = credentials.createSsl(Buffer.from(roots), key ?? null, chain ?? null);
    const client = new Client(`127.0.0.1:${this.#port()}`, secure, {
      'grpc.ssl_target_name_override': 'istiod.istio-system.svc',
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#clients.push(client);
    return client;
  }
}

function toMetadata({ token, cluster }: Proof): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  if (cluster !== undefined) metadata.set('clusterid', cluster);
  return metadata;
}

function toRefusal(error: ServiceError | null): Answer {
  const [retryAfter] = error?.metadata.get('grpc-retry-pushback-ms') ?? [];
  return {
    code: error?.code ?? -1,
    details: error?.details ?? '',
    ...(retryAfter !== undefined && { retryAfter: String(retryAfter) }),
  };
}
