import { expect } from 'vitest';
import { serviceEntry, virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { workload } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

feature('Service entries', (scenario) => {
  scenario('give a host outside of the mesh a cluster of its own', async (mesh) => {
    const entry = serviceEntry('api', {
      hosts: ['api.example.com'],
      resolution: 'DNS',
      ports: [{ name: 'http', number: 80, protocol: 'HTTP' }],
    });
    await mesh.apply(entry);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.request('http://api.example.com/')).toEqual({ cluster: outbound('api.example.com', 80) });
    expect(proxy.endpoints(outbound('api.example.com', 80))).toEqual(['api.example.com:80']);
    await mesh.remove(entry);
    expect(proxy.request('http://api.example.com/')).toEqual({ cluster: 'PassthroughCluster' });
  });

  scenario('list the addresses of a host', async (mesh) => {
    const entry = (...addresses: string[]) =>
      serviceEntry('db', {
        hosts: ['db.example.com'],
        addresses: ['10.9.0.1'],
        resolution: 'STATIC',
        ports: [{ name: 'tcp', number: 3306, protocol: 'TCP' }],
        endpoints: addresses.map((address) => ({ address })),
      });
    await mesh.apply(entry('10.8.0.1'));
    const proxy = await mesh.connect(sidecar('app'));
    const cluster = outbound('db.example.com', 3306);
    expect(proxy.open('10.9.0.1:3306')).toEqual({ cluster });
    expect(proxy.endpoints(cluster)).toEqual(['10.8.0.1:3306']);
    await mesh.apply(entry('10.8.0.1', '10.8.0.2'));
    expect(proxy.endpoints(cluster)).toEqual(['10.8.0.1:3306', '10.8.0.2:3306']);
    expect(proxy.pushedTypes()).toEqual(['eds']);
  });

  scenario('tell hosts of TLS apart by the name that is asked for', async (mesh) => {
    const entry = serviceEntry('tls', {
      hosts: ['a.example.com', 'b.example.com', '*.wild.example.com'],
      resolution: 'NONE',
      ports: [{ name: 'tls', number: 443, protocol: 'TLS' }],
    });
    await mesh.apply(entry);
    const proxy = await mesh.connect(sidecar('app'));
    const to = (sni: string) => proxy.open('192.0.2.7:443', { sni });
    expect(to('a.example.com')).toEqual({ cluster: outbound('a.example.com', 443) });
    expect(to('b.example.com')).toEqual({ cluster: outbound('b.example.com', 443) });
    expect(to('x.wild.example.com')).toEqual({ cluster: outbound('*.wild.example.com', 443) });
    expect(to('c.example.com')).toEqual({ cluster: 'PassthroughCluster' });
  });

  scenario('can be routed as any other service', async (mesh) => {
    const ports = [{ name: 'http', number: 80, protocol: 'HTTP' }];
    const entry = serviceEntry('api', { hosts: ['api.example.com', 'old.example.com'], resolution: 'DNS', ports });
    const rule = virtualService('old', {
      hosts: ['old.example.com'],
      http: [route().to('api.example.com').rewrite({ authority: 'api.example.com' }).timeout('3s')],
    });
    await mesh.apply(entry, rule);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.request('http://old.example.com/a')).toEqual({
      cluster: outbound('api.example.com', 80),
      host: 'api.example.com',
      timeoutMs: 3000,
    });
  });

  scenario('select workloads that are not in Kubernetes', async (mesh) => {
    const entry = serviceEntry('vm', {
      hosts: ['vm.example.com'],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      ports: [{ name: 'http', number: 80, protocol: 'HTTP', targetPort: 8080 }],
      workloadSelector: { labels: { app: 'vm' } },
    });
    const one = workload('vm-1', { app: 'vm' }, { address: '10.7.0.1' });
    const two = workload('vm-2', { app: 'vm' }, { address: '10.7.0.2' });
    await mesh.apply(entry, one);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(two);
    expect(proxy.endpoints(outbound('vm.example.com', 80))).toEqual(['10.7.0.1:8080', '10.7.0.2:8080']);
    await mesh.remove(one);
    expect(proxy.endpoints(outbound('vm.example.com', 80))).toEqual(['10.7.0.2:8080']);
  });
});
