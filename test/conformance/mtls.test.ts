import { once } from 'node:events';
import { createServer } from 'node:http2';
import { createConnection } from 'node:net';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { declare, type JsonObject } from '../support/declare/declared.ts';
import { serviceEntry, sidecarConfig } from '../support/declare/networking.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask, type HttpAnswer } from '../support/http.ts';
import { SecuredMesh } from '../support/live/secured-mesh.ts';
import { startTcpUpstream, Upstream } from '../support/live/upstream.ts';
import { until } from '../support/until.ts';

/** Of the control plane, which takes three. */
const PLANE_PORT = 27_500;
const CLIENT = { name: 'client', port: 27_510 };
const SERVER = { name: 'server', port: 27_520 };
/** Where the client's application calls, and where the server's proxy takes that; the second pair is for exceptions. */
const CALLED = 27_530;
const SERVED = 27_531;
const CALLED_TOO = 27_532;
const SERVED_TOO = 27_533;
const CALLED_TCP = 27_534;
const SERVED_TCP = 27_535;
const CALLED_H2 = 27_536;
const SERVED_H2 = 27_537;

const HOST = 'web.example';
const SERVER_ID = 'spiffe://cluster.local/ns/default/sa/server';
const CLIENT_ID = 'spiffe://cluster.local/ns/default/sa/client';

describeWithEnvoy('mutual TLS between two Envoys whose agents have certificates of our authority', (program, it) => {
  let mesh: SecuredMesh;
  let app: Upstream;
  let tcpApp: Awaited<ReturnType<typeof startTcpUpstream>>;
  let h2App: Awaited<ReturnType<typeof startH2Upstream>>;

  const policy = (spec: JsonObject) =>
    declare({ apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', name: 'server' }, { spec });
  const selecting = (spec: JsonObject) => policy({ selector: { matchLabels: { app: 'server' } }, ...spec });

  const host = (serviceAccount: string) =>
    serviceEntry('web', {
      hosts: [HOST],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      ports: [
        { number: CALLED, targetPort: SERVED, name: 'http', protocol: 'HTTP' },
        { number: CALLED_TOO, targetPort: SERVED_TOO, name: 'http-too', protocol: 'HTTP' },
        { number: CALLED_TCP, targetPort: SERVED_TCP, name: 'tcp', protocol: 'TCP' },
        { number: CALLED_H2, targetPort: SERVED_H2, name: 'http2', protocol: 'HTTP2' },
      ],
      endpoints: [{ address: '127.0.0.1', serviceAccount, labels: { app: 'server' } }],
    });

  const ingress = (number: number, defaultEndpoint: string, protocol = 'HTTP') => ({
    port: { number, name: `port-${number}`, protocol },
    bind: '127.0.0.1',
    captureMode: 'NONE',
    defaultEndpoint,
  });

  /** The application of the client calls; its proxy does what it is told. */
  const call = (port = CALLED, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> =>
    ask(`http://127.0.0.1:${port}/`, { headers: { host: HOST, ...headers } });
  /** Somebody without a proxy calls. */
  const callBare = (port = SERVED, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> =>
    ask(`http://127.0.0.1:${port}/`, { headers: { host: HOST, ...headers } });
  const isRefused = (port: number) =>
    callBare(port).then(
      () => false,
      () => true,
    );
  /** What the application heard of its last caller. */
  const lastCaller = () => app.arrivals.at(-1)?.headers['x-forwarded-client-cert'];
  const untilRefused = (port: number, refused = true) =>
    until(`plaintext to be ${refused ? 'refused' : 'taken'} on ${port}`, async () =>
      (await isRefused(port)) === refused ? true : undefined,
    );
  const untilCalled = (fact: string, port: number, isSo: (caller: string | undefined) => boolean) =>
    until(fact, async () => {
      const { status } = await call(port);
      const caller = lastCaller();
      return status === 200 && isSo(typeof caller === 'string' ? caller : undefined) ? true : undefined;
    });

  beforeAll(async () => {
    app = await Upstream.start('web');
    tcpApp = await startTcpUpstream('bytes');
    h2App = await startH2Upstream();
    const behind = `127.0.0.1:${app.port}`;
    mesh = await SecuredMesh.start(program, PLANE_PORT, [
      host('server'),
      sidecarConfig('server', {
        workloadSelector: { labels: { app: 'server' } },
        ingress: [
          ingress(SERVED, behind),
          ingress(SERVED_TOO, behind),
          ingress(SERVED_TCP, `127.0.0.1:${tcpApp.port}`, 'TCP'),
          ingress(SERVED_H2, `127.0.0.1:${h2App.port}`, 'HTTP2'),
        ],
        egress: [{ hosts: ['~/*'] }],
      }),
      sidecarConfig('client', { workloadSelector: { labels: { app: 'client' } }, egress: [{ hosts: ['./*'] }] }),
    ]);
    await Promise.all([mesh.join(CLIENT), mesh.join(SERVER)]);
  }, 60_000);

  beforeEach(async () => {
    await mesh.write(host('server'));
    await mesh.remove(policy({}));
    await untilRefused(SERVED, false);
    await untilRefused(SERVED_TOO, false);
    await untilCalled('mutual TLS', CALLED, (caller) => caller !== undefined);
    await untilCalled('mutual TLS', CALLED_TOO, (caller) => caller !== undefined);
    app.behave({});
  });

  afterAll(async () => {
    await mesh?.stop();
    await Promise.all([app, tcpApp, h2App].map((upstream) => upstream?.stop()));
  });

  it('is used where nobody asked for it, and tells the application who calls', async () => {
    const { status, body } = await call();
    expect([status, body]).toEqual([200, 'web']);
    const parts = String(lastCaller()).split(';');
    expect(parts.map((part) => part.replace(/^Hash=[0-9a-f]{64}$/, 'Hash=…'))).toEqual([
      `By=${SERVER_ID}`,
      'Hash=…',
      'Subject=""',
      `URI=${CLIENT_ID}`,
    ]);
    expect(await mesh.count(SERVER, `127.0.0.1_${SERVED}.*ssl.handshake`)).toBeGreaterThan(0);
  });

  it('is not asked of those who have no proxy, who cannot pretend to be anybody', async () => {
    const { status } = await callBare(SERVED, { 'x-forwarded-client-cert': `By=${SERVER_ID};URI=${CLIENT_ID}` });
    expect([status, lastCaller()]).toEqual([200, undefined]);
  });

  it('tells of its own caller only, whatever that says of others', async () => {
    await call(CALLED, { 'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/default/sa/admin' });
    expect(lastCaller()).toContain(`URI=${CLIENT_ID}`);
    expect(lastCaller()).not.toContain('admin');
  });

  it('STRICT refuses plaintext, and TLS without a certificate of the mesh', async () => {
    await mesh.write(policy({ mtls: { mode: 'STRICT' } }));
    await untilRefused(SERVED);
    expect((await call()).status).toBe(200);
    expect(lastCaller()).toContain(`URI=${CLIENT_ID}`);
    expect(await findTlsRefusal(SERVED)).toContain('certificate required');
  });

  it('STRICT is for whatever is spoken', async () => {
    expect(await say(SERVED_TCP)).toBe('bytes');
    await mesh.write(policy({ mtls: { mode: 'STRICT' } }));
    await untilRefused(SERVED_H2);
    expect(await say(SERVED_TCP)).toBe('');
    expect(await say(CALLED_TCP)).toBe('bytes');
    const { status, body } = await call(CALLED_H2);
    expect([status, body]).toEqual([200, `2.0 By=${SERVER_ID}`]);
  });

  it('DISABLE takes plaintext, and clients send nothing else', async () => {
    await mesh.write(policy({ mtls: { mode: 'DISABLE' } }));
    await untilCalled('plaintext', CALLED, (caller) => caller === undefined);
    expect((await callBare()).status).toBe(200);
    expect(await findTlsRefusal(SERVED)).toBeDefined();
  });

  it('makes an exception of one port of a workload, which clients hear of', async () => {
    await mesh.write(selecting({ mtls: { mode: 'STRICT' }, portLevelMtls: { [SERVED_TOO]: { mode: 'DISABLE' } } }));
    await untilRefused(SERVED);
    await untilCalled('plaintext on the one port', CALLED_TOO, (caller) => caller === undefined);
    expect((await callBare(SERVED_TOO)).status).toBe(200);
    expect((await call()).status).toBe(200);
    expect(lastCaller()).toContain(`URI=${CLIENT_ID}`);
  });

  it('refuses a server that is not who the service says it is', async () => {
    await mesh.write(host('somebody-else'));
    await until('the server to be refused', async () => ((await call()).status === 503 ? true : undefined));
    expect(await mesh.count(CLIENT, `${HOST}.*ssl.fail_verify_san`)).toBeGreaterThan(0);
  });
});

/** An application that speaks HTTP/2, and says what it was spoken to in and who it is called by its caller. */
async function startH2Upstream(): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const [by] = String(request.headers['x-forwarded-client-cert']).split(';');
    response.end(`${request.httpVersion} ${by}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** What comes back on a connection on which the client speaks first: Envoy waits for that, to see whether it is TLS. */
async function say(port: number): Promise<string> {
  const socket = createConnection({ host: '127.0.0.1', port }, () => socket.write('hello'));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
  // A refusal is an end like any other.
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(chunks).toString();
}

/** How TLS without a client certificate ends; `undefined` when it goes on. */
async function findTlsRefusal(port: number): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  try {
    socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nHost: web.example\r\n\r\n'));
    const [said] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return Buffer.isBuffer(said) ? undefined : 'closed';
  } catch (err) {
    return String(err);
  } finally {
    socket.destroy();
  }
}
