import { Resolver } from 'node:dns/promises';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type AgentPorts, startAgent } from '../support/agent/agent-process.ts';
import { PlaneProcess } from '../support/agent/plane-process.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask } from '../support/http.ts';
import type { RunningProcess } from '../support/process.ts';
import { until } from '../support/until.ts';

const PORTS: AgentPorts = { ready: 27_121, prometheus: 27_122, admin: 27_123, status: 27_124, dns: 27_125 };
const ACCOUNT = { namespace: 'default', serviceAccount: 'reviews' };
/** Short enough to see renewals, with half of it longer than a control plane needs to start. */
const TTL_S = 24;

const MESH = `apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: default }
spec: { clusterIP: 10.96.0.10, ports: [{ name: http, port: 9080 }], selector: { app: reviews } }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: reviews-1, namespace: default, labels: { kubernetes.io/service-name: reviews } }
addressType: IPv4
ports: [{ name: http, port: 9080 }]
endpoints: [{ addresses: [10.0.0.9] }]
`;

const status = (path: string, options = {}) => ask(`http://127.0.0.1:${PORTS.status}${path}`, options);
const admin = (path: string) => ask(`http://127.0.0.1:${PORTS.admin}${path}`);

/** Serial number of the certificate that Envoy uses now. */
async function findSerial(): Promise<string | undefined> {
  const { body } = await admin('/certs');
  return /"serial_number": "([0-9a-f]+)"/.exec(body.slice(body.indexOf('"cert_chain"')))?.[1];
}

async function waitUntilReady(): Promise<void> {
  await until('readiness', async () => ((await status('/healthz/ready')).status === 200 ? true : undefined), {
    timeoutMs: 60_000,
  });
}

async function findEnvoyPid(): Promise<number> {
  return JSON.parse(await readFile(join(pod, 'etc/istio/proxy/envoy.pid'), 'utf8')).pid;
}

let dir: string;
let pod: string;
let plane: PlaneProcess;

describeWithEnvoy('an agent with its Envoy', (envoy, it) => {
  let agent: RunningProcess;

  const start = (env: Record<string, string> = {}) =>
    startAgent({
      pod,
      ports: PORTS,
      envoy: envoy.command[0],
      discoveryAddress: plane.address,
      env: {
        SECRET_TTL: `${TTL_S}s`,
        ISTIO_META_DNS_CAPTURE: 'true',
        DNS_PROXY_ADDR: `127.0.0.1:${PORTS.dns}`,
        ISTIO_PROMETHEUS_ANNOTATIONS: JSON.stringify({ port: String(PORTS.prometheus), path: '/stats/prometheus' }),
        ...env,
      },
    });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pilothouse-agent-'));
    pod = join(dir, 'pod');
    await mkdir(pod);
    plane = new PlaneProcess(dir, { secure: 27_110, http: 27_111 });
    await plane.write(MESH);
    await plane.start();
    await plane.join(pod, ACCOUNT);
    agent = await start();
    await waitUntilReady();
  });

  afterAll(async () => {
    await agent?.stop();
    await plane?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it("is ready through Envoy's own port, and has an identity", async () => {
    expect((await ask(`http://127.0.0.1:${PORTS.ready}/healthz/ready`)).status).toBe(200);
    const certificates = await until('the certificate', async () => {
      const { body } = await admin('/certs');
      return body.includes('spiffe://') ? body : undefined;
    });
    expect(certificates).toContain('"uri": "spiffe://cluster.local/ns/default/sa/reviews"');
  });

  it('puts the metrics of both into one answer', async () => {
    const { body } = await status('/stats/prometheus');
    const at = (text: string) => body.indexOf(text);
    expect(at('istio_agent_xds_proxy_requests')).toBeGreaterThan(0);
    expect(at('envoy_cluster_manager_cds_update_success')).toBeGreaterThan(at('istio_agent_process_cpu_seconds'));
    expect(body).toContain('istio_agent_cert_expiry_seconds{resource_name="default"}');
  });

  it('answers for the names of the mesh', async () => {
    const resolver = new Resolver({ timeout: 2000, tries: 2 });
    resolver.setServers([`127.0.0.1:${PORTS.dns}`]);
    expect(await resolver.resolve4('reviews.default.svc.cluster.local')).toEqual(['10.96.0.10']);
    expect(await resolver.resolve4('reviews')).toEqual(['10.96.0.10']);
    expect((await status('/debug/ndsz')).body).toContain('reviews.default.svc.cluster.local');
  });

  it('renews the certificate at half its life', async () => {
    const first = await until('a certificate', findSerial);
    const second = await until('another one', async () => {
      const serial = await findSerial();
      return serial === first ? undefined : serial;
    });
    expect(second).not.toBe(first);
  });

  it('leaves Envoy alone when it is killed, and takes it up when it is back', async () => {
    const pid = await findEnvoyPid();
    const serial = await findSerial();
    // Not until its output has ended: that is Envoy's output too.
    process.kill(agent.pid, 'SIGKILL');
    await until('the agent to be gone', () =>
      status('/healthz/ready').then(
        () => undefined,
        () => true as const,
      ),
    );
    expect(JSON.parse((await admin('/server_info')).body).state).toBe('LIVE');
    agent = await start();
    await waitUntilReady();
    expect(await findEnvoyPid()).toBe(pid);
    await until('a certificate of the new agent', async () => ((await findSerial()) === serial ? undefined : true));
    await until('a stream', async () =>
      / *istio_agent_xds_proxy_requests [1-9]/.test((await status('/metrics')).body) ? true : undefined,
    );
  });

  it('goes on without a control plane for longer than half a life, and is renewed when there is one again', async () => {
    const before = await findSerial();
    await plane.stop();
    await until(
      'a request for a certificate that failed',
      async () => {
        const failed = /num_failed_outgoing_requests\{request_type="CSR"\} (\d+)/.exec((await status('/metrics')).body);
        return Number(failed?.[1]) >= 2 ? true : undefined;
      },
      { timeoutMs: 40_000 },
    );
    expect((await status('/healthz/ready')).status).toBe(200);
    await plane.start();
    await until('another certificate', async () => ((await findSerial()) === before ? undefined : true), {
      timeoutMs: 40_000,
    });
    expect((await ask(`http://127.0.0.1:${PORTS.ready}/healthz/ready`)).status).toBe(200);
  });

  it('drains when it is asked to end, and ends in time with its Envoy', async () => {
    const begin = performance.now();
    const ended = agent.stop(20_000);
    await until('readiness to end', async () => ((await status('/healthz/ready')).status === 503 ? true : undefined));
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - begin).toBeGreaterThan(900);
    await expect(admin('/server_info')).rejects.toThrow();
    agent = await start();
    await waitUntilReady();
  });

  it('ends as its Envoy ended', async () => {
    process.kill(await findEnvoyPid(), 'SIGKILL');
    expect(await agent.exited).toEqual({ code: 137, signal: null });
    agent = await start();
    await waitUntilReady();
  });

  it('ends without draining once it has drained before', async () => {
    expect((await status('/drain', { method: 'POST' })).status).toBe(200);
    await agent.stop();
    expect((await agent.exited).code).toBe(0);
    agent = await start({ SECRET_TTL: '1h' });
    await waitUntilReady();
    expect((await status('/quitquitquit', { method: 'POST' })).status).toBe(200);
    expect((await agent.exited).code).toBe(0);
  });
});
