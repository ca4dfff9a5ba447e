import { afterAll, beforeAll, expect } from 'vitest';
import type { Declared } from '../support/declare/declared.ts';
import { destinationRule, serviceEntry, virtualService } from '../support/declare/networking.ts';
import { route } from '../support/declare/route.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask } from '../support/http.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';
import { startLoad } from '../support/load.ts';
import { Upstream } from '../support/live/upstream.ts';
import { until } from '../support/until.ts';

const PORT = 24_110;
const HOST = 'shop.example';

describeWithEnvoy('updates', (program, it) => {
  let live: LiveMesh;
  let shop: Upstream;
  const url = `http://127.0.0.1:${PORT}`;
  const get = (path = '/', host = HOST) => ask(`${url}${path}`, { headers: { host } });
  const entry = (name: string) =>
    serviceEntry(name, {
      hosts: [`${name}.example`],
      resolution: 'STATIC',
      ports: [{ name: 'http', number: PORT, protocol: 'HTTP', targetPort: shop.port }],
      endpoints: [{ address: '127.0.0.1' }],
    });

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    shop = await Upstream.start('shop');
    await live.mesh.apply(entry('shop'), entry('other'));
    const identity = { type: 'sidecar', ips: ['127.0.0.1'], name: 'client', namespace: 'default' } as const;
    await live.startEnvoy({ ...identity, labels: { app: 'client' }, interception: 'NONE' }, 24_903);
  });

  afterAll(async () => {
    await live.stop();
    await shop.stop();
  });

  it('may be far larger than gRPC’s usual 4 MiB', async () => {
    const body = 'x'.repeat(4_000);
    const big = (n: number): Declared =>
      virtualService(`big-${n}`, {
        hosts: [`big-${n}.example`],
        http: Array.from({ length: 120 }, (_, i) =>
          route()
            .when({ uri: { exact: `/${i}` } })
            .respond(200, `${i} ${body}`),
        ),
      });
    const names = Array.from({ length: 12 }, (_, n) => n);
    const objects = names.flatMap((n) => [entry(`big-${n}`), big(n)]);
    await live.mesh.apply(...objects);
    await until('the last of it', async () => {
      const answer = await get('/119', 'big-11.example');
      return answer.body.startsWith('119 ') ? true : undefined;
    });
    const sizes = live.log.list('push.round').map(({ bytes }) => Number(bytes));
    expect(Math.max(...sizes)).toBeGreaterThan(4 * 2 ** 20);
    expect(await live.listRejections()).toEqual({});
    await live.mesh.remove(...objects);
    expect(await get()).toMatchObject({ status: 200, body: 'shop' });
  });

  const withHeader = (name: string, host: string, header: string, value: string): Declared =>
    virtualService(name, {
      hosts: [host],
      http: [
        route()
          .to(host)
          .headers({ response: { set: { [header]: value } } }),
      ],
    });

  it('that Envoy refuses put one object in quarantine, and traffic goes on', async () => {
    // The border checks that expressions are closed, Envoy parses them.
    const bad = withHeader('other', 'other.example', 'x-other', '%CEL(++)%');
    const good = withHeader('other', 'other.example', 'x-other', 'good');
    const load = startLoad(`${url}/`, 2, { headers: { host: HOST } });
    await live.mesh.apply(good);
    await live.mesh.apply(bad);
    expect(live.mesh.fateOf('VirtualService', 'other')).toBe('quarantined');
    expect(live.log.list('config.quarantined')).toMatchObject([
      {
        object: 'VirtualService/default/other',
        place: expect.stringContaining('default/VirtualService-other.yaml:1'),
        msg: expect.stringContaining('Not able to parse expression'),
      },
    ]);
    expect((await get('/', 'other.example')).headers['x-other']).toBe('good');

    await live.mesh.apply(withHeader('shop', HOST, 'x-late', '1'));
    await until('a later change', async () => ((await get()).headers['x-late'] === '1' ? true : undefined));
    expect((await get('/', 'other.example')).status).toBe(200);
    expect(await load.stop()).toEqual([]);

    await live.mesh.apply(good);
    expect(live.mesh.fateOf('VirtualService', 'other')).toBe('applied');
  });

  it('that one machine cannot take are told, and put nothing out of force', async () => {
    // Whether a file is there only the proxy's own machine knows: the rule may well be right elsewhere.
    const tls = { mode: 'SIMPLE', caCertificates: '/nowhere/ca.pem' };
    const rule = destinationRule('other', { host: 'other.example', trafficPolicy: { tls } });
    const load = startLoad(`${url}/`, 2, { headers: { host: HOST } });
    await live.mesh.apply(rule);
    await until('the refusal', async () => live.log.list('nack.surroundings')[0]);
    expect(live.mesh.fateOf('DestinationRule', 'other')).toBe('applied');
    expect(live.log.list('nack.surroundings')).toMatchObject([
      { objects: 'DestinationRule/default/other', detail: expect.stringContaining('/nowhere/ca.pem') },
    ]);
    await live.mesh.apply(withHeader('shop', HOST, 'x-late', '2'));
    await until('a later change', async () => ((await get()).headers['x-late'] === '2' ? true : undefined));
    expect(await load.stop()).toEqual([]);
    await live.mesh.remove(rule);
  });
});
