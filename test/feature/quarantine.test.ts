import { expect } from 'vitest';
import { destinationRule, sidecarConfig, subsets, virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service, workload } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';
import type { Refuse } from '../support/proxy/scripted-proxy.ts';

feature('Quarantine', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const ratings = service('ratings', { http: 9080 });
  const good = virtualService('reviews', route().to('reviews').timeout('1s'));
  // Stands for something that the border lets through and a proxy does not: this one takes no timeout of 13 s.
  const bad = virtualService('reviews', route().to('reviews').timeout('13s'));
  const refuse: Refuse = ({ type, message }) =>
    type === 'rds' && JSON.stringify(message).includes('"timeout":{"seconds":13') ? "unlucky timeout '13s'" : undefined;
  const cluster = outbound('reviews', 9080);

  scenario('takes one refused object out of force and names its place', async (mesh) => {
    await mesh.apply(reviews, ratings);
    const proxy = await mesh.connect(sidecar('app'), refuse);
    await mesh.apply(bad);
    expect(mesh.fateOf('VirtualService', 'reviews')).toBe('quarantined');
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster });
    expect(mesh.log.list('config.quarantined')).toMatchObject([
      { object: 'VirtualService/default/reviews', place: expect.stringContaining(`${bad.file}:1`) },
    ]);
    expect(mesh.log.list('config.quarantined')[0]?.msg).toContain("unlucky timeout '13s'");
  });

  scenario('goes back to the last version that was good', async (mesh) => {
    await mesh.apply(reviews, good);
    const proxy = await mesh.connect(sidecar('app'), refuse);
    await mesh.apply(bad);
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster, timeoutMs: 1000 });
  });

  scenario('leaves everybody and everything else alone', async (mesh) => {
    await mesh.apply(reviews, ratings);
    const refusing = await mesh.connect(sidecar('app'), refuse);
    const other = await mesh.connect(sidecar('other'), refuse);
    await mesh.apply(bad);
    await mesh.apply(virtualService('ratings', route().to('ratings').timeout('2s')));
    for (const proxy of [refusing, other]) {
      expect(proxy.request('http://ratings:9080/')).toEqual({ cluster: outbound('ratings', 9080), timeoutMs: 2000 });
      expect(proxy.request('http://reviews:9080/')).toEqual({ cluster });
    }
    expect(mesh.fateOf('VirtualService', 'ratings')).toBe('applied');
    expect(mesh.log.list('config.quarantined')).toHaveLength(1);
  });

  scenario('is over as soon as the object changes', async (mesh) => {
    await mesh.apply(reviews);
    const proxy = await mesh.connect(sidecar('app'), refuse);
    await mesh.apply(bad);
    await mesh.apply(virtualService('reviews', route().to('reviews').timeout('12s')));
    expect(mesh.fateOf('VirtualService', 'reviews')).toBe('applied');
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster, timeoutMs: 12_000 });
  });

  scenario('keeps a proxy that connects later from being given what others refused', async (mesh) => {
    await mesh.apply(reviews);
    await mesh.connect(sidecar('app'), refuse);
    await mesh.apply(bad);
    const later = await mesh.connect(sidecar('later'), refuse);
    expect(later.script.refusals).toEqual([]);
    expect(later.request('http://reviews:9080/')).toEqual({ cluster });
  });

  scenario('finds the one bad object among many that came with it', async (mesh) => {
    const rules = ['a', 'b', 'c', 'd'].map((name) =>
      virtualService(name, { hosts: [`${name}.com`], http: [route().respond(200)] }),
    );
    const proxy = await mesh.connect(sidecar('app'), refuse);
    await mesh.apply(reviews, ratings, service('plain', { http: 80 }), ...rules, bad);
    expect(mesh.fateOf('VirtualService', 'reviews')).toBe('quarantined');
    expect(['a', 'b', 'c', 'd'].map((name) => mesh.fateOf('VirtualService', name))).toEqual(Array(4).fill('applied'));
    expect(proxy.request('http://a.com/')).toEqual({ response: { status: 200 } });
  });

  scenario('works for clusters as it does for routes', async (mesh) => {
    const refuseRandom: Refuse = ({ type, name, message }) =>
      type === 'cds' && name.includes('|v1|') && 'lb_policy' in message && message.lb_policy === 'RANDOM'
        ? 'no dice'
        : undefined;
    await mesh.apply(reviews, destinationRule('reviews', subsets('v1')));
    const proxy = await mesh.connect(sidecar('app'), refuseRandom);
    await mesh.apply(
      destinationRule('reviews', { ...subsets('v1'), trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } }),
    );
    expect(mesh.fateOf('DestinationRule', 'reviews')).toBe('quarantined');
    expect(proxy.cluster(outbound('reviews', 9080, 'v1'))).toMatchObject({ lb_policy: 'LEAST_REQUEST' });
  });

  scenario('blames the one instance that a service cannot have, and leaves it the others', async (mesh) => {
    const refuseAddress: Refuse = ({ type, message }) =>
      type === 'eds' && JSON.stringify(message).includes('10.0.0.13') ? 'unlucky address' : undefined;
    await mesh.apply(service('reviews', { http: 9080 }, { selector: { app: 'reviews' } }));
    await mesh.apply(workload('reviews-1', { app: 'reviews' }, { address: '10.0.0.12' }));
    const proxy = await mesh.connect(sidecar('app'), refuseAddress);
    await mesh.apply(workload('reviews-2', { app: 'reviews' }, { address: '10.0.0.13' }));
    expect(mesh.fateOf('WorkloadEntry', 'reviews-2')).toBe('quarantined');
    expect([mesh.fateOf('WorkloadEntry', 'reviews-1'), mesh.fateOf('Service', 'reviews')]).toEqual([
      'applied',
      'applied',
    ]);
    const assignment = JSON.stringify(proxy.endpoints(cluster));
    expect([assignment.includes('10.0.0.12'), assignment.includes('10.0.0.13')]).toEqual([true, false]);
  });

  scenario('blames the Sidecar for the inbound side that it shapes', async (mesh) => {
    const refusePort: Refuse = ({ type, message }) =>
      type === 'cds' && JSON.stringify(message).includes('"name":"inbound|1313||') ? 'unlucky port' : undefined;
    await mesh.apply(reviews);
    await mesh.connect(sidecar('app'), refusePort);
    const ingress = [{ port: { number: 1313, protocol: 'HTTP', name: 'http' }, defaultEndpoint: '127.0.0.1:8080' }];
    await mesh.apply(sidecarConfig('own', { egress: [{ hosts: ['*/*'] }], ingress }));
    expect(mesh.fateOf('Sidecar', 'own')).toBe('quarantined');
  });

  scenario('does not take from many what they have, because one of them comes and refuses it', async (mesh) => {
    const rules = ['a', 'b'].map((name) =>
      virtualService(name, { hosts: [`${name}.com`], http: [route().respond(200)] }),
    );
    await mesh.apply(reviews, ratings, service('plain', { http: 80 }), good, ...rules);
    const proxy = await mesh.connect(sidecar('app'));
    const forging: Refuse = ({ name }) => `I do not like ${name}`;
    await mesh.connect(sidecar('liar'), forging);
    const applied = ['reviews', 'a', 'b'].map((name) => mesh.fateOf('VirtualService', name));
    expect(applied).toEqual(['applied', 'applied', 'applied']);
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster, timeoutMs: 1000 });
    expect(mesh.log.list('nack.contradicted').length).toBeGreaterThan(0);
    expect(mesh.log.list('config.quarantined')).toEqual([]);
  });

  scenario('blames nobody for what no object explains, and goes on', async (mesh) => {
    const refuseAll: Refuse = ({ type, name }) => (type === 'cds' && name === 'BlackHoleCluster' ? 'no' : undefined);
    await mesh.apply(reviews);
    const proxy = await mesh.connect(sidecar('app'), refuseAll);
    expect(mesh.log.list('nack.unexplained')).toHaveLength(1);
    await mesh.apply(good);
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster, timeoutMs: 1000 });
  });

  scenario('finds all bad objects among many that came together, though proxies say the same of each', async (mesh) => {
    const names = Array.from({ length: 24 }, (_, i) => `r${i}`);
    const isBad = (name: string) => name === 'r3' || name === 'r17';
    const rules = names.map((name) =>
      virtualService(name, {
        hosts: [`${name}.com`],
        http: [
          route()
            .to('reviews')
            .timeout(isBad(name) ? '13s' : '2s'),
        ],
      }),
    );
    const proxy = await mesh.connect(sidecar('app'), (resource) => (refuse(resource) === undefined ? undefined : 'no'));
    await mesh.apply(reviews, service('plain', { http: 80 }), ...rules);
    await mesh.until('all to be judged', () =>
      names.every((n) => (mesh.fateOf('VirtualService', n) === 'quarantined') === isBad(n)),
    );
    const timeoutOf = (url: string) => {
      const answer = proxy.request(url);
      return 'timeoutMs' in answer ? answer.timeoutMs : undefined;
    };
    // The last verdict is pushed like any other change.
    await mesh.until('the innocent to be served', () => timeoutOf('http://r5.com/') === 2000);
    expect(timeoutOf('http://r3.com/')).toBeUndefined();
    expect(mesh.log.list('nack.unexplained')).toEqual([]);
  });

  scenario('takes the same bad version out of force every time that it comes back', async (mesh) => {
    await mesh.apply(reviews, good);
    const proxy = await mesh.connect(sidecar('app'), (resource) => (refuse(resource) === undefined ? undefined : 'no'));
    for (const version of [bad, good, bad]) {
      await mesh.apply(version);
      expect(mesh.fateOf('VirtualService', 'reviews')).toBe(version === bad ? 'quarantined' : 'applied');
    }
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster, timeoutMs: 1000 });
  });

  scenario('isolates nothing because one machine cannot bind', async (mesh) => {
    await mesh.apply(reviews);
    await mesh.connect(sidecar('app'), (r) =>
      refuse(r) === undefined ? undefined : "cannot bind '127.0.0.1:80': Address already in use",
    );
    await mesh.apply(bad);
    expect(mesh.fateOf('VirtualService', 'reviews')).toBe('applied');
    expect(mesh.log.list('nack.surroundings').map(({ msg }) => msg)).toEqual([
      expect.stringMatching(
        `${bad.file}:1:1: ENVOY_REJECTED by this proxy's surroundings, others are served it: VirtualService default/reviews`,
      ),
    ]);
  });

  scenario('names in the line of a round who refused, whatever comes of it', async (mesh) => {
    await mesh.apply(reviews);
    await mesh.connect(sidecar('app'), (r) =>
      refuse(r) === undefined ? undefined : "cannot bind '127.0.0.1:80': Address already in use",
    );
    await mesh.connect(sidecar('other'));
    await mesh.apply(bad);
    const [round, ...others] = mesh.log.list('push.round').filter(({ refusedBy }) => refusedBy !== undefined);
    expect([round?.refusedBy, others]).toEqual([expect.stringContaining('app'), []]);
    expect(round?.msg).toMatch(/, refused by [^,]*app[^,]*, in /);
  });
});
