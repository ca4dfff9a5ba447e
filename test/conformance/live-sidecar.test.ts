import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type Declared, file } from '../support/declare/declared.ts';
import { destinationRule, serviceEntry, subsets, virtualService } from '../support/declare/networking.ts';
import { type Route, route } from '../support/declare/route.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask, type HttpAnswer, type HttpQuestion } from '../support/http.ts';
import { startLoad } from '../support/load.ts';
import { readAll } from '../support/live/clients.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';
import { startTcpUpstream, Upstream } from '../support/live/upstream.ts';
import { until } from '../support/until.ts';

const HTTP_PORT = 24_100;
const TCP_PORT = 24_101;
const DNS_PORT = 24_102;
const HOST = 'shop.example';

describeWithEnvoy('a sidecar', (program, it) => {
  let live: LiveMesh;
  let v1: Upstream;
  let v2: Upstream;
  let tcpOne: Awaited<ReturnType<typeof startTcpUpstream>>;
  let tcpTwo: Awaited<ReturnType<typeof startTcpUpstream>>;
  const versions = destinationRule('shop', { host: HOST, ...subsets('v1', 'v2') });
  const rule = (...rules: Route[]) => virtualService('shop', { hosts: [HOST], http: rules });
  const toV1 = rule(route().to(HOST, { subset: 'v1' }));

  const get = (path = '/', question: HttpQuestion = {}): Promise<HttpAnswer> =>
    ask(`http://127.0.0.1:${HTTP_PORT}${path}`, { ...question, headers: { host: HOST, ...question.headers } });

  /** Applies objects and waits until a request shows that the proxy's worker has them. */
  const applyUntil = async (shows: (answer: HttpAnswer) => boolean, ...objects: Declared[]) => {
    await live.mesh.apply(...objects);
    await until('the proxy to do as it is told', async () => (shows(await get()) ? true : undefined));
    v1.behave({});
    v2.behave({});
  };
  const serves = (name: string) => (answer: HttpAnswer) => answer.body === name;

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    [v1, v2] = await Promise.all([Upstream.start('v1'), Upstream.start('v2')]);
    [tcpOne, tcpTwo] = await Promise.all([startTcpUpstream('one'), startTcpUpstream('two')]);
    const at = (version: string, port: number) => ({ address: '127.0.0.1', ports: { port }, labels: { version } });
    const entry = (name: string, port: object, ...endpoints: object[]) =>
      file(
        `${name}.yaml`,
        JSON.stringify({
          apiVersion: 'networking.istio.io/v1',
          kind: 'ServiceEntry',
          metadata: { name },
          spec: { hosts: [`${name}.example`], resolution: 'STATIC', ports: [port], endpoints },
        }),
      );
    await live.mesh.apply(
      entry('shop', { name: 'port', number: HTTP_PORT, protocol: 'HTTP' }, at('v1', v1.port), at('v2', v2.port)),
      entry('db', { name: 'port', number: TCP_PORT, protocol: 'TCP' }, at('v1', tcpOne.port), at('v2', tcpTwo.port)),
      versions,
      destinationRule('db', { host: 'db.example', ...subsets('v1', 'v2') }),
      toV1,
    );
    const ips = ['127.0.0.1'] as const;
    const identity = { type: 'sidecar', ips, name: 'client', namespace: 'default', labels: { app: 'client' } } as const;
    await live.startEnvoy({ ...identity, interception: 'NONE' }, 24_901);
  });

  beforeEach(async () => {
    v1.behave({});
    v2.behave({});
    await applyUntil(serves('v1'), versions, toV1);
  });

  afterAll(async () => {
    await live.stop();
    await Promise.all([v1, v2, tcpOne, tcpTwo].map((upstream) => upstream.stop()));
  });

  describe('Request Routing', () => {
    it('tells requests apart by header and path', async () => {
      const forJason = route()
        .when({ headers: { 'end-user': { exact: 'jason' } }, uri: { prefix: '/api' } })
        .to(HOST, { subset: 'v2' });
      await live.mesh.apply(rule(forJason, route().to(HOST, { subset: 'v1' })));
      const headers = { 'end-user': 'jason' };
      await until('the rule', async () => ((await get('/api', { headers })).body === 'v2' ? true : undefined));
      expect((await get('/', { headers })).body).toBe('v1');
      expect((await get('/api')).body).toBe('v1');
    });
  });

  describe('Fault Injection', () => {
    it('aborts and delays', async () => {
      const all = { value: 100 };
      const abort = route()
        .to(HOST)
        .fault({ abort: { httpStatus: 418, percentage: all } });
      await applyUntil(({ status }) => status === 418, rule(abort));
      const slow = route()
        .to(HOST, { subset: 'v2' })
        .fault({ delay: { fixedDelay: '0.4s', percentage: all } });
      await applyUntil(serves('v2'), rule(slow));
      const before = performance.now();
      await get();
      expect(performance.now() - before).toBeGreaterThan(390);
    });
  });

  describe('Traffic Shifting', () => {
    it('splits requests by weight', async () => {
      const split = route().to(HOST, { subset: 'v1', weight: 80 }).to(HOST, { subset: 'v2', weight: 20 });
      await applyUntil(serves('v2'), rule(split));
      const answers = await Promise.all(Array.from({ length: 500 }, () => get()));
      const share = answers.filter(({ body }) => body === 'v2').length / answers.length;
      // Five standard deviations: once in a million runs it is luck.
      expect(share).toBeGreaterThan(0.11);
      expect(share).toBeLessThan(0.29);
    });
  });

  describe('TCP Traffic Shifting', () => {
    it('leads TCP connections by weight', async () => {
      const to = (subset: string, weight: number) => ({ destination: { host: 'db.example', subset }, weight });
      const leading = (one: number, two: number) =>
        virtualService('db', { hosts: ['db.example'], tcp: [{ route: [to('v1', one), to('v2', two)] }] });
      const whoServes = async () => {
        const said = await Promise.all(Array.from({ length: 20 }, () => readAll(TCP_PORT)));
        return [...new Set(said)].sort();
      };
      expect(await whoServes()).toEqual(['one', 'two']);
      await live.mesh.apply(leading(0, 100));
      await until('the rule', async () => ((await whoServes()).length === 1 ? true : undefined));
      expect(await whoServes()).toEqual(['two']);

      await live.mesh.apply(leading(80, 20));
      await until('the next rule', async () => ((await whoServes()).length === 2 ? true : undefined));
      const said = await Promise.all(Array.from({ length: 500 }, () => readAll(TCP_PORT)));
      const share = said.filter((name) => name === 'two').length / said.length;
      // Five standard deviations: once in a million runs it is luck.
      expect(share).toBeGreaterThan(0.11);
      expect(share).toBeLessThan(0.29);
    });
  });

  describe('Request Timeouts', () => {
    it('gives up after a timeout', async () => {
      v1.behave({ delayMs: 2_000 });
      await live.mesh.apply(rule(route().to(HOST, { subset: 'v1' }).timeout('0.2s').retries({ attempts: 0 })));
      await until('the timeout', async () => ((await get()).status === 504 ? true : undefined));
      const before = performance.now();
      expect((await get()).status).toBe(504);
      expect(performance.now() - before).toBeLessThan(1_500);
    });
  });

  describe('Circuit Breaking', () => {
    it('opens the circuit when too much is asked at once', async () => {
      const pool = { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1, maxRequestsPerConnection: 1 } };
      await live.mesh.apply(
        destinationRule('shop', { host: HOST, ...subsets('v1', 'v2'), trafficPolicy: { connectionPool: pool } }),
        rule(route().to(HOST, { subset: 'v1' }).retries({ attempts: 0 })),
      );
      v1.behave({ delayMs: 100 });
      await until('an open circuit', async () => {
        const answers = await Promise.all(Array.from({ length: 8 }, () => get()));
        const refused = answers.filter(({ headers }) => headers['x-envoy-overloaded'] === 'true');
        return refused.length > 0 && refused.length < 8 ? true : undefined;
      });
      expect((await get()).status).toBe(200);
    });

    it('ejects an endpoint that fails', async () => {
      const outlierDetection = {
        consecutive5xxErrors: 2,
        interval: '0.1s',
        baseEjectionTime: '60s',
        maxEjectionPercent: 100,
      };
      await live.mesh.apply(
        destinationRule('shop', { host: HOST, ...subsets('v1', 'v2'), trafficPolicy: { outlierDetection } }),
        rule(route().to(HOST).retries({ attempts: 0 })),
      );
      v2.behave({ fail: { status: 500, times: 1_000 } });
      await until('its ejection', async () => {
        const answers = await Promise.all(Array.from({ length: 10 }, () => get()));
        return answers.every(({ body, status }) => body === 'v1' && status === 200) ? true : undefined;
      });
      expect(v2.arrivals.length).toBeGreaterThan(1);
    });
  });

  describe('Mirroring', () => {
    it('copies requests to a mirror, whose answers nobody sees', async () => {
      await live.mesh.apply(rule(route().to(HOST, { subset: 'v1' }).mirror(HOST, { subset: 'v2' })));
      await until('a copy', async () => {
        expect((await get('/copy')).body).toBe('v1');
        return v2.arrivals.some(({ path }) => path === '/copy') ? true : undefined;
      });
    });
  });

  it('tries again what failed', async () => {
    const retries = { attempts: 3, retryOn: '5xx', perTryTimeout: '2s' };
    await applyUntil(
      ({ headers }) => headers['x-retried'] === 'maybe',
      rule(
        route()
          .to(HOST, { subset: 'v1' })
          .retries(retries)
          .headers({ response: { set: { 'x-retried': 'maybe' } } }),
      ),
    );
    v1.behave({ fail: { status: 503, times: 2 } });
    expect((await get()).status).toBe(200);
    expect(v1.arrivals.map(({ headers }) => headers['x-envoy-attempt-count'])).toEqual(['1', '2', '3']);
  });

  it('rewrites, redirects, answers and changes headers', async () => {
    await live.mesh.apply(
      rule(
        route()
          .when({ uri: { prefix: '/old' } })
          .rewrite({ uri: '/new' })
          .to(HOST, { subset: 'v2' }),
        route()
          .when({ uri: { exact: '/away' } })
          .redirect({ uri: '/there', redirectCode: 302 }),
        route()
          .when({ uri: { exact: '/closed' } })
          .respond(410, 'closed'),
        route()
          .to(HOST, { subset: 'v1' })
          .headers({ request: { set: { 'x-tenant': 'a' }, remove: ['cookie'] }, response: { set: { 'x-mesh': '1' } } }),
      ),
    );
    await until('the rules', async () => ((await get('/closed')).status === 410 ? true : undefined));
    expect(await get('/closed')).toMatchObject({ status: 410, body: 'closed' });
    expect((await get('/away')).headers.location).toBe(`http://${HOST}/there`);
    v1.behave({});
    expect((await get('/', { headers: { cookie: 'a=b' } })).headers['x-mesh']).toBe('1');
    expect(v1.arrivals[0]?.headers).toMatchObject({ 'x-tenant': 'a' });
    expect(v1.arrivals[0]?.headers.cookie).toBeUndefined();
    v2.behave({});
    await get('/old/1');
    expect(v2.arrivals.map(({ path }) => path)).toEqual(['/new/1']);
  });

  it('answers preflights by itself', async () => {
    const cors = { allowOrigins: [{ exact: 'https://a.example' }], allowMethods: ['GET'], maxAge: '60s' };
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
    await live.mesh.apply(rule(route().to(HOST, { subset: 'v1' }).cors(cors)));
    const preflight = () => get('/', { method: 'OPTIONS', headers });
    await until('the policy', async () => ((await preflight()).headers['access-control-max-age'] ? true : undefined));
    expect((await preflight()).headers).toMatchObject({
      'access-control-allow-origin': 'https://a.example',
      'access-control-allow-methods': 'GET',
      'access-control-max-age': '60',
    });
  });

  it('keeps one client at one endpoint when told to hash', async () => {
    await live.mesh.apply(
      destinationRule('shop', {
        host: HOST,
        ...subsets('v1', 'v2'),
        trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: 'x-user' } } },
      }),
      rule(route().to(HOST)),
    );
    const whoServes = async (user: string) => {
      const all = await Promise.all(Array.from({ length: 10 }, () => get('/', { headers: { 'x-user': user } })));
      return [...new Set(all.map(({ body }) => body))];
    };
    await until('one endpoint', async () => ((await whoServes('a')).length === 1 ? true : undefined));
    const users = Array.from({ length: 12 }, (_, i) => `user-${i}`);
    const served = await Promise.all(users.map(whoServes));
    expect(served.every((names) => names.length === 1)).toBe(true);
    expect([...new Set(served.flat())].sort()).toEqual(['v1', 'v2']);
  });

  it('resolves the names of a service entry by DNS', async () => {
    const entry = serviceEntry('dns', {
      hosts: ['dns.example'],
      resolution: 'DNS',
      ports: [{ name: 'http', number: DNS_PORT, protocol: 'HTTP', targetPort: v2.port }],
      endpoints: [{ address: 'localhost' }],
    });
    await live.mesh.apply(entry);
    const answer = await until('an answer', async () => {
      const answered = await ask(`http://127.0.0.1:${DNS_PORT}/`, { headers: { host: 'dns.example' } });
      return answered.status === 200 ? answered : undefined;
    });
    expect(answer.body).toBe('v2');
  });

  it('takes what is new without failing a request', async () => {
    const load = startLoad(`http://127.0.0.1:${HTTP_PORT}/`, 2, { headers: { host: HOST } });
    for (const name of ['v2', 'v1', 'v2', 'v1']) {
      await applyUntil(serves(name), rule(route().to(HOST, { subset: name })));
      await live.mesh.apply(destinationRule('shop', { host: HOST, ...subsets('v1', 'v2', `extra-${name}`) }));
      const before = load.count;
      await until('requests in between', () => (load.count > before + 20 ? true : undefined));
    }
    expect(await load.stop()).toEqual([]);
  });

  it('has refused nothing of all this', async () => {
    expect(await live.listRejections()).toEqual({});
  });
});
