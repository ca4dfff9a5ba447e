import { expect } from 'vitest';
import { file } from '../support/declare/declared.ts';
import { pod } from '../support/declare/kubernetes.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { clusterIp, service, workload } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

const web = service('web', { http: 80 }, { selector: { app: 'web' } });
/** The same service as another cluster declares it: at another address. */
const webElsewhere = file(web.file, web.text.replace(clusterIp('web'), '10.200.0.1'));
const WEB = outbound('web', 80);

const inCluster = (cluster: string) => ({ metadata: { CLUSTER_ID: cluster } });

feature('Several clusters', (scenario) => {
  scenario('are one mesh: a service has the endpoints of all of them', async (mesh) => {
    await mesh.apply(web, pod('web-1', 'web', '10.1.0.1'));
    const proxy = await mesh.connect(sidecar('app'));
    const east = await mesh.join('east', webElsewhere, pod('web-1', 'web', '10.2.0.1'));
    expect(proxy.endpoints(WEB)).toEqual(['10.1.0.1:80', '10.2.0.1:80']);
    await east.apply(pod('web-2', 'web', '10.2.0.2'));
    expect(proxy.pushes).toEqual([{ type: 'eds', names: [WEB], removed: [] }]);
    expect(proxy.endpoints(WEB)).toEqual(['10.1.0.1:80', '10.2.0.1:80', '10.2.0.2:80']);
  });

  scenario('come and go as a whole', async (mesh) => {
    await mesh.apply(web, pod('web-1', 'web', '10.1.0.1'));
    const proxy = await mesh.connect(sidecar('app'));
    const only = service('only', { http: 80 }, { endpoints: ['10.2.0.9'] });
    const east = await mesh.join('east', webElsewhere, pod('web-1', 'web', '10.2.0.1'), only);
    expect(proxy.request('http://only:80/')).toEqual({ cluster: outbound('only', 80) });
    await east.leave();
    expect(proxy.endpoints(WEB)).toEqual(['10.1.0.1:80']);
    expect(proxy.request('http://only:80/', { ip: '10.9.9.9' })).toMatchObject({ cluster: 'PassthroughCluster' });
  });

  scenario('reach a service by the address that it has in their own', async (mesh) => {
    const tcp = service('db', { tcp: 5432 }, { endpoints: [] });
    await mesh.apply(tcp);
    await mesh.join('east', file(tcp.file, tcp.text.replace(clusterIp('db'), '10.200.0.2')));
    const here = await mesh.connect(sidecar('app'));
    const there = await mesh.connect(sidecar('app', inCluster('east')));
    const other = await mesh.connect(sidecar('app', inCluster('north')));
    const listens = (proxy: typeof here) =>
      [...proxy.script.held.listeners.keys()].filter((name) => name.endsWith('_5432')).sort();
    expect([listens(here), listens(there), listens(other)]).toEqual([
      [`${clusterIp('db')}_5432`],
      ['10.200.0.2_5432'],
      [`${clusterIp('db')}_5432`],
    ]);
  });

  scenario('keep to themselves what the mesh calls local', async (mesh) => {
    const system = service('dns', { http: 80 }, { namespace: 'kube-system', endpoints: ['10.1.0.53'] });
    const local = outbound('dns.kube-system.svc.cluster.local', 80);
    await mesh.apply(system);
    await mesh.join('east', service('dns', { http: 80 }, { namespace: 'kube-system', endpoints: ['10.2.0.53'] }));
    const here = await mesh.connect(sidecar('app'));
    const there = await mesh.connect(sidecar('app', inCluster('east')));
    expect([here.endpoints(local), there.endpoints(local)]).toEqual([['10.1.0.53:80'], ['10.2.0.53:80']]);
  });

  scenario('tell workloads of one name apart', async (mesh) => {
    const ports = (targetPort: number) => ({ http: { port: 80, targetPort } });
    await mesh.apply(service('web', ports(8080), { selector: { app: 'web' } }), pod('web-1', 'web', '10.1.0.1'));
    await mesh.join('east', service('api', ports(9090), { selector: { app: 'api' } }), pod('web-1', 'api', '10.1.0.1'));
    const here = await mesh.connect(sidecar('web', { ip: '10.1.0.1' }));
    const there = await mesh.connect(sidecar('web', { ip: '10.1.0.1', ...inCluster('east') }));
    const serves = (proxy: typeof here) =>
      [...proxy.script.held.clusters.keys()].filter((name) => name.startsWith('inbound|'));
    expect([serves(here), serves(there)]).toEqual([['inbound|8080||'], ['inbound|9090||']]);
  });

  scenario('bring VMs, which services of their own cluster and ServiceEntries of the mesh select', async (mesh) => {
    const entry = file(
      'vms.yaml',
      `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: vms, namespace: default}
spec: {hosts: [vms.example.com], location: MESH_INTERNAL, resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}], workloadSelector: {labels: {app: web}}}
`,
    );
    await mesh.apply(web, entry);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.join('east', webElsewhere, workload('vm', { app: 'web' }, { address: '10.7.0.1' }));
    expect([proxy.endpoints(WEB), proxy.endpoints(outbound('vms.example.com', 80))]).toEqual([
      ['10.7.0.1:80'],
      ['10.7.0.1:80'],
    ]);
  });
});
