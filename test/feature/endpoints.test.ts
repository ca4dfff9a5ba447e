import { expect } from 'vitest';
import { sidecar } from '../support/declare/proxy.ts';
import { service, workload } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

feature('Endpoints', (scenario) => {
  const cluster = outbound('reviews', 9080);
  const reviews = (...endpoints: string[]) => service('reviews', { http: 9080 }, { endpoints });

  scenario('come and go by EDS alone', async (mesh) => {
    await mesh.apply(reviews('10.1.0.1'));
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(reviews('10.1.0.1', '10.1.0.2'));
    expect(proxy.pushes).toEqual([{ type: 'eds', names: [cluster], removed: [] }]);
    expect(proxy.endpoints(cluster)).toEqual(['10.1.0.1:9080', '10.1.0.2:9080']);
    await mesh.apply(reviews('10.1.0.2'));
    expect(proxy.pushes).toEqual([{ type: 'eds', names: [cluster], removed: [] }]);
    expect(proxy.endpoints(cluster)).toEqual(['10.1.0.2:9080']);
  });

  scenario('are told for the one service that they are of', async (mesh) => {
    await mesh.apply(reviews('10.1.0.1'), service('ratings', { http: 9080 }), service('details', { http: 9080 }));
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(reviews('10.1.0.3'));
    expect(proxy.pushes).toEqual([{ type: 'eds', names: [cluster], removed: [] }]);
  });

  scenario('may all go without taking the service with them', async (mesh) => {
    await mesh.apply(reviews('10.1.0.1'));
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(reviews());
    expect(proxy.pushedTypes()).toEqual(['eds']);
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster });
    expect(proxy.endpoints(cluster)).toEqual([]);
  });

  scenario('are whatever workloads a service selects', async (mesh) => {
    const selecting = service('vms', { http: 80 }, { selector: { app: 'vm' } });
    await mesh.apply(selecting, workload('one', { app: 'vm' }, { address: '10.7.0.1' }));
    const proxy = await mesh.connect(sidecar('app'));
    const two = workload('two', { app: 'vm' }, { address: '10.7.0.2' });
    await mesh.apply(two);
    expect(proxy.endpoints(outbound('vms', 80))).toEqual(['10.7.0.1:80', '10.7.0.2:80']);
    await mesh.apply(workload('two', { app: 'other' }, { address: '10.7.0.2' }));
    expect(proxy.endpoints(outbound('vms', 80))).toEqual(['10.7.0.1:80']);
  });

  scenario('make the workload behind them serve its ports', async (mesh) => {
    await mesh.apply(service('app', { http: { port: 80, targetPort: 8080 } }, { selector: { app: 'app' } }));
    const proxy = await mesh.connect(sidecar('app', { ip: '10.7.0.9' }));
    await mesh.apply(workload('app', { app: 'app' }, { address: '10.7.0.9' }));
    expect(proxy.receive('http://app:8080/')).toMatchObject({ cluster: 'inbound|8080||' });
  });
});
