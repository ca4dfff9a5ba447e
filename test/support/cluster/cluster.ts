/**
 * A Kubernetes API server of a test's own: the real one, with etcd, RBAC, tokens, webhooks and CRDs, in one process on
 * loopback. No controllers, no scheduler, no nodes: what is written stays as it is, Pods and EndpointSlices are what the
 * test writes, a deleted namespace stays `Terminating`, and the roles that aggregate others (`view`, `edit`) are empty.
 *
 *     const cluster = await startCluster();
 *     afterAll(() => cluster.stop());
 *     await cluster.installCrds();
 *     await cluster.apply(text);                          // or cluster.kubectl('get', 'vs', '-A')
 *     const token = await cluster.token('istio-system', 'istiod', 'istio-ca');
 *
 * `describeWithCluster` (suite.ts) does the first two lines, and skips loudly where the server was never built
 * (`tools/setup --all`). Ready in seconds; a suite per file, a namespace per test.
 *
 * Outages: `kill` and `restart` (same address, same data), `pause` and `resume` (connections stay open and go silent),
 * `compact` (410 for versions older than the last change but one; a running server answers from its watch cache, so
 * start it with `watchCache: false` or restart it after).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KubeClient } from '../../../src/kube/client.ts';
import type { KubeConnection } from '../../../src/kube/connection.ts';
import { type Answer, createAsk, type Question } from './ask.ts';
import { ADMIN_TOKEN, type ClusterUser, fillFolder, formatKubeconfig } from './folder.ts';
import { sweepAfterUs } from './janitor.ts';
import { createClusterKeys, createServerCertificate, createUserCertificate, type KeyedCertificate } from './keys.ts';
import { runKubectl } from './kubectl.ts';
import { findServerPort } from './port.ts';
import { findClusterPrograms } from './programs.ts';
import { type ApiServer, startApiServer } from './server.ts';
import { requestToken } from './token.ts';

export interface ClusterOptions {
  /** Users without rights besides the admin: `tokenOf(name)` is the token of each. Rights come by RBAC. */
  readonly users?: readonly ClusterUser[];
  /** Whether lists and watches are answered from memory, as everywhere; `false` asks etcd each time. */
  readonly watchCache?: boolean;
  /** More flags of kube-apiserver. */
  readonly flags?: readonly string[];
}

export interface Cluster {
  /** `https://127.0.0.1:<port>`; the same after a restart. */
  readonly url: string;
  /** The token of `system:masters`. */
  readonly adminToken: string;
  /** The certificate that signed the server's, PEM, and the file it is in. */
  readonly ca: string;
  readonly caFile: string;
  /** The admin's, a path. */
  readonly kubeconfig: string;
  /** The text of a kubeconfig of whoever a token is of. */
  kubeconfigOf(token: string): string;
  /** Runs kubectl as the admin; its output. Rejects with what it said when it fails. */
  kubectl(...args: string[]): Promise<string>;
  /** `kubectl apply` of YAML, or of objects; its output. */
  apply(manifest: string | readonly object[], ...args: string[]): Promise<string>;
  /** A plain request, as the admin unless it brings another token; any status is an answer. */
  ask(question: Question): Promise<Answer>;
  /** How our own clients reach it, as whoever the token is of: the admin when absent. */
  connection(token?: string): KubeConnection;
  /** A client of ours; whoever asks for it closes it. */
  client(token?: string): KubeClient;
  /** Installs `deploy/crds`; resolves when all of them are served. */
  installCrds(): Promise<void>;
  /** A token of a service account, which is made when it is not there. Without an audience it is good for the API server. */
  token(namespace: string, serviceAccount: string, audience?: string): Promise<string>;
  /** A certificate that proves a user and its groups. */
  certificate(user: string, groups?: readonly string[]): Promise<KeyedCertificate>;
  /** A certificate for a server of a test: a webhook, say. */
  serverCertificate(...names: string[]): Promise<KeyedCertificate>;
  /**
   * Makes webhooks that name a service reach a port of this machine: the service becomes a name for `localhost`, and a
   * webhook's `service.port` is then that port. The server there shows a certificate of `<service>.<namespace>.svc`.
   */
  exposeService(namespace: string, service: string, port: number): Promise<void>;
  /** Ends the server as a crash would. */
  kill(): Promise<void>;
  /** Starts the server again, after a `kill` or in place of the one that runs; resolves when it is ready. */
  restart(): Promise<void>;
  /** Stops the server where it stands: connections stay open, and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Forgets all old versions in etcd; gives the revision up to which. */
  compact(): Promise<number>;
  /** Ends the server and removes all it wrote. */
  stop(): Promise<void>;
}

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

/** Starts an API server with empty storage. @throws Error when its program was never built. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const programs = findClusterPrograms();
  if (!programs.found) throw new Error(programs.reason);
  const dir = await mkdtemp(path.join(tmpdir(), 'pilothouse-cluster-'));
  sweepAfterUs(dir);
  const [port, keys] = await Promise.all([findServerPort(), createClusterKeys()]);
  const url = `https://127.0.0.1:${port}`;
  const files = await fillFolder(dir, { url, keys, users: options.users ?? [] });
  const ask = createAsk(url, keys.ca.cert, ADMIN_TOKEN);
  const flags = [...files, `--watch-cache=${options.watchCache ?? true}`, ...(options.flags ?? [])];
  const start = () => startApiServer({ program: programs.apiServer, dir, port, flags, ask });
  const kubeconfig = path.join(dir, 'kubeconfig');
  const run: Kubectl = (args, input) =>
    runKubectl({ program: programs.kubectl, kubeconfig, cacheDir: path.join(dir, 'kubectl') }, args, input);
  const connection = (token = ADMIN_TOKEN): KubeConnection => ({
    server: url,
    ca: keys.ca.cert,
    token: async () => token,
    namespace: 'istio-system',
  });

  return {
    url,
    adminToken: ADMIN_TOKEN,
    ca: keys.ca.cert,
    caFile: path.join(dir, 'ca.crt'),
    kubeconfig,
    kubeconfigOf: (token) => formatKubeconfig(url, keys.ca.cert, token),
    ask,
    connection,
    client: (token) => new KubeClient(connection(token)),
    token: (...of) => requestToken(ask, ...of),
    certificate: (user, groups) => createUserCertificate(keys.ca, user, groups),
    serverCertificate: (...names) => createServerCertificate(keys.ca, names),
    ...commandsOf(run),
    ...controlOf(await start().catch((err: unknown) => removeAndThrow(dir, err)), start, dir),
  };
}

type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

/** What is done by kubectl, as people would. */
function commandsOf(run: Kubectl): Pick<Cluster, 'kubectl' | 'apply' | 'installCrds' | 'exposeService'> {
  const crds = path.join(REPOSITORY, 'deploy/crds');
  return {
    kubectl: (...args) => run(args),
    apply: (manifest, ...args) => run(['apply', '-f', '-', ...args], toText(manifest)),
    async installCrds() {
      await run(['apply', '--server-side', '-f', crds]);
      await run(['wait', '--for=condition=Established', '--timeout=30s', '-f', crds]);
    },
    async exposeService(namespace, service, port) {
      const ports = [{ name: 'exposed', port }];
      const spec = { type: 'ExternalName', externalName: 'localhost', clusterIP: null, ports };
      const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: service, namespace }, spec };
      await run(['apply', '--server-side', '--force-conflicts', '-f', '-'], toText([object]));
    },
  };
}

/** What a test does to the server itself. */
function controlOf(
  first: ApiServer,
  start: () => Promise<ApiServer>,
  dir: string,
): Pick<Cluster, 'kill' | 'restart' | 'pause' | 'resume' | 'compact' | 'stop'> {
  let server = first;
  const kill = async () => void (await server.process.kill());
  return {
    kill,
    async restart() {
      await kill();
      server = await start();
    },
    pause: () => void process.kill(server.process.pid, 'SIGSTOP'),
    resume: () => void process.kill(server.process.pid, 'SIGCONT'),
    compact: () => server.compact(),
    async stop() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function removeAndThrow(dir: string, reason: unknown): Promise<never> {
  await rm(dir, { recursive: true, force: true });
  throw reason;
}

function toText(manifest: string | readonly object[]): string {
  if (typeof manifest === 'string') return manifest;
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifest });
}
