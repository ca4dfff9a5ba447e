import { expect } from 'vitest';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { clusterIp, service, workload } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

feature('Connections', (scenario) => {
  const db = service('db', { tcp: 3000, tls: 3443, auto: 4000 });
  const other = service('other', { tcp: 3000 });

  scenario('to a TCP service are told apart by its address', async (mesh) => {
    await mesh.apply(db, other);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.open('db:3000')).toEqual({ cluster: outbound('db', 3000) });
    expect(proxy.open('other:3000')).toEqual({ cluster: outbound('other', 3000) });
    expect(proxy.open('192.0.2.1:3000')).toEqual({ cluster: 'PassthroughCluster' });
  });

  scenario('are read where nobody said what they carry', async (mesh) => {
    await mesh.apply(db);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.request('http://db:4000/')).toEqual({ cluster: outbound('db', 4000) });
    expect(proxy.open('db:4000')).toEqual({ cluster: outbound('db', 4000) });
  });

  scenario('are led elsewhere by TCP rules, for some addresses or all', async (mesh) => {
    const rule = virtualService('db', {
      tcp: [{ route: [{ destination: { host: 'other', port: { number: 3000 } } }] }],
    });
    await mesh.apply(db, other, rule);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.open('db:3000')).toEqual({ cluster: outbound('other', 3000) });
    await mesh.remove(rule);
    expect(proxy.open('db:3000')).toEqual({ cluster: outbound('db', 3000) });
  });

  scenario('are led elsewhere by TLS rules, by the name that they ask for', async (mesh) => {
    const rule = virtualService('db', {
      tls: [
        {
          match: [{ port: 3443, sniHosts: ['old.db'] }],
          route: [{ destination: { host: 'other', port: { number: 3000 } } }],
        },
      ],
      hosts: ['db', 'old.db'],
    });
    await mesh.apply(db, other, rule);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.open(`${clusterIp('db')}:3443`, { sni: 'old.db' })).toEqual({ cluster: outbound('other', 3000) });
    expect(proxy.open(`${clusterIp('db')}:3443`, { sni: 'db' })).toEqual({ cluster: 'PassthroughCluster' });
  });

  scenario('from outside reach the workload on the ports of its services, and pass on all others', async (mesh) => {
    const app = service('app', { http: { port: 80, targetPort: 8080 }, tcp: 9000 }, { selector: { app: 'app' } });
    await mesh.apply(app, workload('app', { app: 'app' }, { address: '10.7.0.9' }));
    const proxy = await mesh.connect(sidecar('app', { ip: '10.7.0.9' }));
    const retries = { attempts: 2, on: 'reset-before-request', sameHost: true };
    expect(proxy.receive('http://app:8080/')).toEqual({ cluster: 'inbound|8080||', retries });
    expect(proxy.receive('http://app:9000/')).toEqual({ cluster: 'inbound|9000||' });
    expect(proxy.receive('http://app:1234/')).toEqual({ cluster: 'InboundPassthroughCluster', retries });
  });
});
