import { X509Certificate } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { GrpcServer } from '../../src/agent/grpc/server.ts';
import { createSdsHandlers } from '../../src/agent/sds/sds-service.ts';
import { SecretBoard, toCertificateSecret, toRootSecret } from '../../src/agent/sds/secret-board.ts';
import { type AgentPorts, type AgentStart, startAgent } from '../support/agent/agent-process.ts';
import { PlaneProcess } from '../support/agent/plane-process.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask } from '../support/http.ts';
import { until } from '../support/until.ts';

const PORTS: AgentPorts = { ready: 27_221, prometheus: 27_222, admin: 27_223, status: 27_224, dns: 27_225 };
const ACCOUNT = { namespace: 'default', serviceAccount: 'reviews' };
const MESH = `apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: default }
spec: { clusterIP: 10.96.0.10, ports: [{ name: http, port: 9080 }], selector: { app: reviews } }
`;

const status = (path: string) => ask(`http://127.0.0.1:${PORTS.status}${path}`);
const admin = (path: string) => ask(`http://127.0.0.1:${PORTS.admin}${path}`);

async function waitUntilReady(): Promise<void> {
  await until('readiness', async () => ((await status('/healthz/ready')).status === 200 ? true : undefined), {
    timeoutMs: 60_000,
  });
}

/** Whether Envoy uses the certificate in this folder. */
async function waitForCertificate(folder: string): Promise<void> {
  const { serialNumber } = new X509Certificate(await readFile(join(folder, 'cert-chain.pem')));
  await until('the certificate in Envoy', async () =>
    (await admin('/certs')).body.includes(serialNumber.toLowerCase().replace(/^0+/, '')) ? true : undefined,
  );
}

describeWithEnvoy("where an agent's certificate comes from", (envoy, it) => {
  let dir: string;
  let plane: PlaneProcess;
  let certificates: string;

  const start = (pod: string, more: Pick<AgentStart, 'env' | 'proxyConfig'> = {}) =>
    startAgent({ pod, ports: PORTS, envoy: envoy.command[0], discoveryAddress: plane.address, ...more });
  const makePod = async (name: string) => {
    const pod = join(dir, name);
    await mkdir(pod);
    return pod;
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pilothouse-certificates-'));
    certificates = join(dir, 'issued/certs');
    plane = new PlaneProcess(dir, { secure: 27_210, http: 27_211 });
    await plane.write(MESH);
    await plane.start();
  });

  afterAll(async () => {
    await plane?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('is the CA, and it goes to files too; a Ctrl-C does not end Envoy before it has drained, and a second one does not wait', async () => {
    const pod = await makePod('issued');
    await plane.join(pod, ACCOUNT);
    const proxyConfig = { terminationDrainDuration: '60s' };
    const agent = await start(pod, { env: { OUTPUT_CERTS: './certs' }, proxyConfig });
    await waitUntilReady();
    await until('the files', () => stat(join(certificates, 'root-cert.pem')));
    await waitForCertificate(certificates);
    expect((await stat(join(certificates, 'key.pem'))).mode & 0o777).toBe(0o600);

    // As a terminal does: to the whole group, of which the agent is the first.
    process.kill(-agent.pid, 'SIGINT');
    await until('readiness to end', async () => ((await status('/healthz/ready')).status === 503 ? true : undefined));
    expect((await admin('/server_info')).status).toBe(200);
    process.kill(-agent.pid, 'SIGINT');
    expect(await agent.exited).toEqual({ code: 0, signal: null });
    await expect(admin('/server_info')).rejects.toThrow();
    const log = await readFile(agent.logPath, 'utf8');
    expect(log).toContain('event=envoy.drain');
    expect(log).not.toContain('could not be asked');
  });

  it('is the CA as soon as there is a token: until then the agent says where it has looked for one', async () => {
    const pod = await makePod('tokenless');
    await cp(join(certificates, 'root-cert.pem'), join(pod, 'var/run/secrets/istio/root-cert.pem'));
    const token = join(pod, 'var/run/secrets/tokens/istio-token');
    const agent = await start(pod);
    const log = () => readFile(agent.logPath, 'utf8');
    await until('a refusal', async () => ((await log()).includes(`no token was sent: ${token}`) ? true : undefined));
    await plane.join(pod, ACCOUNT);
    await waitUntilReady();
    expect((await log()).match(/event=token\.\w+ path=.*/g)).toEqual([
      `event=token.missing path=${token}`,
      `event=token.found path=${token}`,
    ]);
    expect(await agent.stop(20_000)).toEqual({ code: 0, signal: null });
  });

  it('are files that the platform has mounted, which prove to the control plane who this is', async () => {
    const pod = await makePod('mounted');
    await cp(certificates, join(pod, 'var/run/secrets/workload-spiffe-credentials'), { recursive: true });
    await cp(join(certificates, 'root-cert.pem'), join(pod, 'var/run/secrets/istio/root-cert.pem'));
    const env = { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true', MINIMUM_DRAIN_DURATION: '100ms' };
    const agent = await start(pod, { env, proxyConfig: { terminationDrainDuration: '60s' } });
    await waitUntilReady();
    await waitForCertificate(certificates);
    expect((await status('/metrics')).body).toContain('istio_agent_num_outgoing_requests{request_type="CSR"} 0');
    expect(await readFile(agent.logPath, 'utf8')).not.toContain('token.missing');
    // Nobody is connected, so nobody is waited for.
    expect(await agent.stop(30_000)).toEqual({ code: 0, signal: null });
  });

  it('is whoever serves the socket already', async () => {
    const pod = await makePod('served');
    await plane.join(pod, ACCOUNT);
    const [chain = '', key = '', root = ''] = await Promise.all(
      ['cert-chain.pem', 'key.pem', 'root-cert.pem'].map((name) => readFile(join(certificates, name), 'utf8')),
    );
    const board = new SecretBoard();
    board.put(toCertificateSecret('default', chain, key));
    board.put(toRootSecret('ROOTCA', root));
    const server = new GrpcServer({ handlers: createSdsHandlers(board), onError: () => undefined });
    await mkdir(join(pod, 'var/run/secrets/workload-spiffe-uds'), { recursive: true });
    await server.listen(join(pod, 'var/run/secrets/workload-spiffe-uds/socket'));
    const agent = await start(pod);
    try {
      await waitUntilReady();
      await waitForCertificate(certificates);
      const { body } = await admin('/config_dump?mask=bootstrap');
      expect(body).toContain('"file-credential": "true"');
      expect(body).toContain('"sds-files-grpc"');
      expect((await stat(join(pod, 'var/run/secrets/credential-uds/files-socket'))).isSocket()).toBe(true);
    } finally {
      await agent.stop();
      await server.close();
    }
  });
});
