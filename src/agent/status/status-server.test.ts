import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import http2 from 'node:http2';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { AgentMetrics } from '../metrics/agent-metrics.ts';
import { EnvironmentReader } from '../settings/environment.ts';
import { readStatusSettings } from '../settings/status-settings.ts';
import { Readiness } from './readiness.ts';
import { StatusServer } from './status-server.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function serve(answer: RequestListener): Promise<number> {
  const server = http.createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function start(env: Record<string, string> = {}, envoyPort?: number) {
  const settings = readStatusSettings(new EnvironmentReader(env), {
    type: 'sidecar',
    ip: '127.0.0.1',
    ownPort: 15_020,
  });
  const metrics = new AgentMetrics({ certificateEndMs: () => undefined, now: () => 0 });
  const happened: string[] = [];
  const server = new StatusServer({
    settings,
    readiness: new Readiness({
      getStats: undefined,
      stopping: new AbortController().signal,
      hasCertificate: () => true,
    }),
    sources: { metrics, envoyPort, targets: settings.scrapeTargets },
    onQuit: () => happened.push('quit'),
    onDrain: async () => void happened.push('drain'),
    getNames: () => ({ 'a.example.com': ['10.0.0.1'] }),
  });
  const port = await server.listen(0);
  stops.push(() => server.close());
  const ask = async (path: string, options: http.RequestOptions = {}) => {
    const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options });
    request.end();
    const [response] = await once(request, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return { status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) };
  };
  return { ask, metrics, happened, port };
}

describe('the status server', () => {
  it('ends and drains for those in the pod who post', async () => {
    const { ask, happened } = await start();
    expect((await ask('/quitquitquit')).status).toBe(405);
    expect((await ask('/drain', { method: 'POST' })).status).toBe(200);
    expect((await ask('/quitquitquit', { method: 'POST' })).status).toBe(200);
    expect(happened).toEqual(['drain', 'quit']);
  });

  it('says which names it knows, and that it knows nothing else', async () => {
    const { ask } = await start();
    expect(JSON.parse((await ask('/debug/ndsz')).bytes.toString())).toEqual({ 'a.example.com': ['10.0.0.1'] });
    expect((await ask('/nothing')).status).toBe(404);
    expect((await ask('/healthz/ready')).status).toBe(200);
  });
});

describe('merged metrics', () => {
  const envoy = () => serve((request, response) => response.end(`envoy_path{path="${request.url}"} 1\n`));
  const annotations = (value: object) => ({ ISTIO_PROMETHEUS_ANNOTATIONS: JSON.stringify(value) });

  it("are the agent's, Envoy's and the application's, in this order", async () => {
    const app = await serve((request, response) => {
      response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8');
      response.end(`app_accept{accept="${request.headers.accept}"} 1\n# EOF\n`);
    });
    const { ask } = await start(annotations({ scrape: 'true', path: '/m', port: String(app) }), await envoy());
    const headers = { accept: 'application/vnd.google.protobuf,text/plain', 'accept-encoding': 'gzip' };
    const answer = await ask('/stats/prometheus?usedonly', { headers });
    expect(answer.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const text = gunzipSync(answer.bytes).toString();
    expect(text).toMatch(
      /istio_agent_scrapes_total 1[\s\S]*envoy_path\{path="\/stats\/prometheus\?usedonly"\} 1\napp_accept\{accept="text\/plain"\} 1\n# EOF\n$/,
    );
  });

  it('of several applications have one end', async () => {
    const open = (text: string) =>
      serve((_, response) => {
        response.setHeader('content-type', 'application/openmetrics-text');
        response.end(`${text}\n# EOF\n`);
      });
    const targets = [
      { port: String(await open('one 1')), path: '/metrics' },
      { port: '15090', path: '/refused' },
      { port: String(await open('two 2')) },
    ];
    const { ask } = await start(annotations({ scrape: '', path: '', port: '', targets }));
    const text = (await ask('/metrics')).bytes.toString();
    expect(text.endsWith('\none 1\ntwo 2\n# EOF\n')).toBe(true);
  });

  it('do without what cannot be had', async () => {
    const app = await serve((_, response) => {
      response.statusCode = 500;
      response.end();
    });
    const { ask, metrics } = await start(annotations({ port: String(app) }), 1);
    const { status, headers, bytes } = await ask('/metrics');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(bytes.toString()).toContain('istio_agent_scrapes_total 1');
    expect([metrics.scrapeFailures.read('envoy'), metrics.scrapeFailures.read('application')]).toEqual([1, 1]);
  });
});

describe('a probe of the application', () => {
  const probers = (probe: object, path = '/app-health/app/livez') => ({
    ISTIO_KUBE_APP_PROBERS: JSON.stringify({ [path]: probe }),
    ISTIO_ENABLE_HTTP2_PROBING: 'true',
  });

  it('passes headers, status and body on', async () => {
    const app = await serve((request, response) => {
      response.statusCode = 418;
      response.end(
        `${request.url} ${request.headers.host} ${request.headers['x-a']} ${request.headers['x-b']} ${request.socket.remoteAddress}`,
      );
    });
    const httpGet = { path: 'live?x=1', port: app, httpHeaders: [{ name: 'X-B', value: 'own' }] };
    const { ask, port } = await start(probers({ httpGet }));
    const headers = { host: `10.0.0.1:${port}`, 'x-a': 'kubelet', 'x-b': 'kubelet' };
    const { status, bytes } = await ask('/app-health/app/livez', { headers });
    expect([status, bytes.toString()]).toEqual([418, `/live?x=1 10.0.0.1:${app} kubelet own 127.0.0.6`]);
  });

  it('follows redirects on the same host only', async () => {
    const app = await serve((request, response) => {
      const target = { '/a': '/b', '/c': 'http://elsewhere.example.com/' }[request.url ?? ''];
      response.statusCode = target === undefined ? 204 : 302;
      if (target !== undefined) response.setHeader('location', target);
      response.end();
    });
    for (const [path, status] of [
      ['/a', 204],
      ['/c', 200],
    ] as const) {
      const { ask } = await start(probers({ httpGet: { path, port: app } }));
      expect((await ask('/app-health/app/livez')).status).toBe(status);
    }
  });

  it('opens a connection, or fails', async () => {
    const app = await serve(() => undefined);
    const there = await start(probers({ tcpSocket: { port: app } }));
    expect((await there.ask('/app-health/app/livez')).status).toBe(200);
    const gone = await start(probers({ tcpSocket: { port: 1 } }));
    expect((await gone.ask('/app-health/app/livez')).status).toBe(500);
    expect((await gone.ask('/app-health/other/livez')).status).toBe(400);
  });

  it('asks a gRPC health service', async () => {
    for (const [state, status] of [
      [1, 200],
      [2, 500],
    ] as const) {
      const server = http2.createServer();
      server.on('stream', (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(Buffer.from([0, 0, 0, 0, 2, 8, state]));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      stops.push(() => server.close());
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const { ask } = await start(probers({ grpc: { port, service: 'x' } }));
      expect((await ask('/app-health/app/livez')).status).toBe(status);
    }
  });

  it.each([
    [{ '/other': { tcpSocket: { port: 1 } } }, '/other is no path'],
    [{ '/app-health/a/livez': { tcpSocket: { port: 'http' } } }, 'needs a port by its number'],
    [{ '/app-lifecycle/a/prestopz': {} }, 'needs one of'],
  ])('must be one: %o', (written, reason) => {
    const env = new EnvironmentReader({ ISTIO_KUBE_APP_PROBERS: JSON.stringify(written) });
    expect(() => readStatusSettings(env, { type: 'sidecar', ip: '::1', ownPort: 0 })).toThrow(reason);
  });
});
