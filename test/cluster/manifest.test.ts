import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { relay } from '../support/live/relay.ts';
import { createNamespace, needNamespaces, type NetworkNamespace } from '../support/node/namespace.ts';
import { startProcess, whileRunning } from '../support/process.ts';
import { until } from '../support/until.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const API_PORT = 6443;

/** Of the container `discovery` in istiod's own chart, word for word. */
const ARGS = [
  'discovery',
  '--monitoringAddr=:15014',
  '--log_output_level=default:info',
  '--domain',
  'cluster.local',
  '--keepaliveMaxServerConnectionAge',
  '30m',
];
const ENV = {
  REVISION: 'default',
  PILOT_CERT_PROVIDER: 'istiod',
  POD_NAME: 'istiod-5d8c-x7k2p',
  POD_NAMESPACE: 'istio-system',
  SERVICE_ACCOUNT: 'istiod',
  // Mounted from a Secret that is optional, and not there.
  KUBECONFIG: '/var/run/secrets/remote/config',
  CA_TRUSTED_NODE_ACCOUNTS: 'istio-system/ztunnel',
  PILOT_TRACE_SAMPLING: '1',
  PILOT_ENABLE_ANALYSIS: 'false',
  CLUSTER_ID: 'Kubernetes',
  PLATFORM: '',
};

/** Gives the process the files that every Pod finds, where every Pod finds them, and nothing else of the machine's /run. */
const AS_POD = `mount -t tmpfs tmpfs /run
mkdir -p /run/secrets/kubernetes.io
cp -r "$1" /run/secrets/kubernetes.io/serviceaccount
shift
exec "$@"`;

/** In the Pod's network, what comes to the API server's port is passed on to a socket that the machine sees, too. */
const PASS_ON = `require('node:net').createServer((inner) => {
  const outer = require('node:net').connect(process.argv[1]);
  inner.pipe(outer).pipe(inner);
  inner.on('error', () => outer.destroy());
  outer.on('error', () => inner.destroy());
}).listen(${API_PORT}, '127.0.0.1')`;

describeWithCluster("The control plane in istiod's own manifest", (cluster, it) => {
  it('starts unchanged, on the ports and by the files that it finds in a Pod', async (context) => {
    await needNamespaces(context, 'curl');
    await cluster().kubectl('apply', '-f', 'deploy/crds', '-f', path.join(REPOSITORY, 'deploy/manifests'));
    const dir = await mkdtemp(path.join(tmpdir(), 'pilothouse-manifest-'));
    const account = path.join(dir, 'account');
    const socket = path.join(dir, 'api.sock');
    const server = await relay({ path: socket }, { host: '127.0.0.1', port: Number(new URL(cluster().url).port) });
    await using pod = await createNamespace();
    try {
      await pod.run('mkdir', account);
      await writeFile(path.join(account, 'token'), await cluster().token('istio-system', 'istiod'));
      await writeFile(path.join(account, 'ca.crt'), cluster().ca);
      await writeFile(path.join(account, 'namespace'), 'istio-system');
      const inPod = (name: string, ...command: readonly string[]) =>
        startProcess({
          name,
          command: ['ip', 'netns', 'exec', pod.name, ...command],
          cwd: '/',
          env: { ...ENV, KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(API_PORT) },
          logPath: path.join(dir, name),
        });
      const passing = await inPod('way to the API server', process.execPath, '--eval', PASS_ON, socket);
      const main = [process.execPath, path.join(REPOSITORY, 'src/server/main.ts'), ...ARGS];
      const plane = await inPod('control plane', 'unshare', '--mount', 'sh', '-ec', AS_POD, 'sh', account, ...main);
      await whileRunning(plane, untilStatus(pod, 'http://127.0.0.1:8080/ready', '200'));
      expect(await statusOf(pod, 'http://127.0.0.1:15014/version')).toBe('200');
      // TLS, with the certificate that it signs for itself; what is not asked for is no path of theirs.
      expect(await statusOf(pod, 'https://127.0.0.1:15017/nothing')).toMatch(/^4\d\d$/);
      expect(await isOpen(pod, 15010)).toBe(true);
      expect(await isOpen(pod, 15012)).toBe(true);
      expect(plane.tail().filter((line) => /\t(?:error|fatal)\t/.test(line))).toEqual([]);
      expect(await plane.stop(15_000)).toEqual({ code: 0, signal: null });
      await passing.kill();
    } finally {
      await pod.kill();
      server.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
});

const untilStatus = (pod: NetworkNamespace, url: string, status: string) =>
  until(`${url} to be ${status}`, async () => (await statusOf(pod, url)) === status || undefined, {
    timeoutMs: 60_000,
  });

/** The status of an answer; `000` when there was none. */
async function statusOf(pod: NetworkNamespace, url: string): Promise<string> {
  const ask = ['-sk', '-o', '/dev/null', '-w', '%{http_code}', '--max-time', '5', url];
  return pod.run('curl', ...ask).catch(() => '000');
}

function isOpen(pod: NetworkNamespace, port: number): Promise<boolean> {
  const connect = `require('node:net').connect(${port}, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  return pod.run(process.execPath, '--eval', connect).then(
    () => true,
    () => false,
  );
}
