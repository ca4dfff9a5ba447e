import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { JsonObject } from '../support/declare/declared.ts';
import { destinationRule, serviceEntry } from '../support/declare/networking.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask } from '../support/http.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';
import { Upstream } from '../support/live/upstream.ts';
import { until } from '../support/until.ts';

const PORT = 27_100;
const ADMIN_PORT = 27_190;
const PLACES = ['region1/zone1', 'region1/zone2', 'region2/zone3', 'region3/zone4'] as const;

describeWithEnvoy('Locality Load Balancing', (program, it) => {
  let live: LiveMesh;
  let upstreams: ReadonlyMap<string, Upstream>;
  const failing = new Set<string>();

  const ask1 = async (host: string) => (await ask(`http://127.0.0.1:${PORT}/`, { headers: { host } })).body;
  const ask10 = (host: string) => Promise.all(Array.from({ length: 10 }, () => ask1(host)));

  /** A service of its own for each test, since an ejection outlives the rule that it came of. */
  const serve = async (name: string, localityLbSetting?: JsonObject): Promise<string> => {
    const host = `${name}.example`;
    const entry = serviceEntry(name, {
      hosts: [host],
      resolution: 'STATIC',
      ports: [{ name: 'http', number: PORT, protocol: 'HTTP' }],
      endpoints: [...upstreams].map(([locality, { port }]) => ({
        address: '127.0.0.1',
        ports: { http: port },
        locality,
        labels: { zone: locality.split('/')[1] ?? '' },
      })),
    });
    const outlierDetection = {
      consecutive5xxErrors: 1,
      interval: '0.1s',
      baseEjectionTime: '60s',
      maxEjectionPercent: 100,
    };
    const trafficPolicy = { loadBalancer: { localityLbSetting }, outlierDetection };
    await live.mesh.apply(entry, ...(localityLbSetting ? [destinationRule(name, { host, trafficPolicy })] : []));
    await until(`${host} to be served`, async () => ((await ask1(host)).startsWith('region') ? true : undefined));
    return host;
  };
  const untilAll = (host: string, place: string) =>
    until(`only ${place} to answer`, async () =>
      (await ask10(host)).every((body) => body === place) && !failing.has(place) ? true : undefined,
    );
  const fail = (place: string) => {
    failing.add(place);
    upstreams.get(place)?.behave({ fail: { status: 503, times: 1_000_000 } });
  };

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    upstreams = new Map(await Promise.all(PLACES.map(async (name) => [name, await Upstream.start(name)] as const)));
    await live.startEnvoy(
      {
        type: 'sidecar',
        ips: ['127.0.0.1'],
        name: 'sleep',
        namespace: 'default',
        labels: { app: 'sleep', zone: 'zone4' },
        locality: { region: 'region1', zone: 'zone1', subzone: '' },
        interception: 'NONE',
      },
      ADMIN_PORT,
    );
  });

  beforeEach(() => {
    failing.clear();
    for (const upstream of upstreams.values()) upstream.behave({});
  });

  afterAll(async () => {
    await live.stop();
    await Promise.all([...upstreams.values()].map((upstream) => upstream.stop()));
  });

  it('leaves places alone while nothing tells which endpoints fail', async () => {
    const host = await serve('plain');
    const seen = new Set<string>();
    await until('every place to answer', async () => (seen.add(await ask1(host)).size === 4 ? true : undefined));
    expect([...seen].sort()).toEqual([...PLACES]);
  });

  describe('Locality failover', () => {
    it('goes to the own zone, then to the own region, then where it is told to, then anywhere', async () => {
      const host = await serve('failover', { failover: [{ from: 'region1', to: 'region2' }] });
      for (const place of PLACES) {
        await untilAll(host, place);
        fail(place);
      }
      expect([...failing]).toEqual([...PLACES]);
    });

    it('goes first to those with whom the client has labels in common', async () => {
      const host = await serve('priority', { failoverPriority: ['zone'] });
      await untilAll(host, 'region3/zone4');
      fail('region3/zone4');
      const others = await until('the other places to answer', async () => {
        const all = await ask10(host);
        return all.includes('region3/zone4') ? undefined : [...new Set(all)];
      });
      expect(PLACES.slice(0, 3)).toEqual(expect.arrayContaining(others));
    });
  });

  describe('Locality weighted distribution', () => {
    it('shares requests out by place, and sends none where it is not told to', async () => {
      const to = { 'region1/zone1/*': 70, 'region1/zone2/*': 20, 'region3/zone4/*': 10 };
      const host = await serve('distribute', { distribute: [{ from: 'region1/zone1/*', to }] });
      const all = await Promise.all(Array.from({ length: 600 }, () => ask1(host)));
      const share = (name: string) => all.filter((body) => body === name).length / all.length;
      // Five standard deviations each.
      expect(Math.abs(share('region1/zone1') - 0.7)).toBeLessThan(0.094);
      expect(Math.abs(share('region1/zone2') - 0.2)).toBeLessThan(0.082);
      expect(share('region2/zone3')).toBe(0);
      expect(Math.abs(share('region3/zone4') - 0.1)).toBeLessThan(0.062);
    });
  });

  it('has refused nothing of all this', async () => {
    expect(await live.listRejections()).toEqual({});
  });
});
