import { expect } from 'vitest';
import { destinationRule, virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { type Route, route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';
import type { Answer } from '../support/simulation/answer.ts';

const cluster = outbound('ratings', 9080);
const DEFAULT_ON = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';

const cases: readonly { what: string; rule: Route; answer: Answer }[] = [
  { what: 'waits as long as it takes', rule: route().to('ratings'), answer: { cluster } },
  {
    what: 'gives up after a timeout',
    rule: route().to('ratings').timeout('0.5s'),
    answer: { cluster, timeoutMs: 500 },
  },
  {
    what: 'tries again as often as it is told, for each try so long',
    rule: route().to('ratings').retries({ attempts: 3, perTryTimeout: '2s', retryOn: 'gateway-error' }),
    answer: { cluster, retries: { attempts: 3, on: 'gateway-error', perTryTimeoutMs: 2000 } },
  },
  {
    what: 'does not try again',
    rule: route().to('ratings').retries({ attempts: 0 }),
    answer: { cluster, retries: 'none' },
  },
  {
    what: 'tries again the same host',
    rule: route().to('ratings').retries({ attempts: 1, retryIgnorePreviousHosts: false }),
    answer: { cluster, retries: { attempts: 1, on: DEFAULT_ON, sameHost: true } },
  },
  {
    what: 'delays a share of the requests',
    rule: route()
      .to('ratings')
      .fault({ delay: { fixedDelay: '7s', percentage: { value: 12.5 } } }),
    answer: { cluster, fault: { delay: { ms: 7000, percent: 12.5 } } },
  },
  {
    what: 'aborts a share of the requests',
    rule: route()
      .to('ratings')
      .fault({ abort: { httpStatus: 500, percentage: { value: 100 } } }),
    answer: { cluster, fault: { abort: { httpStatus: 500, percent: 100 } } },
  },
];

feature('Resilience', (scenario) => {
  const ratings = service('ratings', { http: 9080 });

  for (const { what, rule, answer } of cases) {
    scenario(what, async (mesh) => {
      await mesh.apply(ratings, virtualService('ratings', rule));
      const proxy = await mesh.connect(sidecar('reviews'));
      expect(proxy.request('http://ratings:9080/')).toEqual(answer);
    });
  }

  scenario('injects faults into some requests only', async (mesh) => {
    const forJason = route()
      .when({ headers: { 'end-user': { exact: 'jason' } } })
      .fault({ abort: { httpStatus: 500, percentage: { value: 100 } } })
      .to('ratings');
    await mesh.apply(ratings, virtualService('ratings', [forJason, route().to('ratings')]));
    const proxy = await mesh.connect(sidecar('reviews'));
    expect(proxy.request('http://ratings:9080/')).toEqual({ cluster });
    expect(proxy.request('http://ratings:9080/', { headers: { 'end-user': 'jason' } })).toEqual({
      cluster,
      fault: { abort: { httpStatus: 500, percent: 100 } },
    });
  });

  scenario('limits connections and ejects what fails, by clusters alone', async (mesh) => {
    await mesh.apply(ratings);
    const proxy = await mesh.connect(sidecar('reviews'));
    await mesh.apply(
      destinationRule('ratings', {
        trafficPolicy: {
          connectionPool: { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } },
          outlierDetection: { consecutive5xxErrors: 1, baseEjectionTime: '3m' },
        },
      }),
    );
    expect(proxy.pushedTypes()).not.toContain('rds');
    expect(proxy.pushedTypes()).not.toContain('lds');
    expect(proxy.cluster(cluster)).toMatchObject({
      circuit_breakers: { thresholds: [{ max_connections: 1, max_pending_requests: 1 }] },
      outlier_detection: { consecutive_5xx: 1, base_ejection_time: '180s' },
    });
  });
});
