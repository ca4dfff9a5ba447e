import { expect } from 'vitest';
import { file } from '../support/declare/declared.ts';
import { meshConfigMap, namespace, node, pod } from '../support/declare/kubernetes.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

const web = service('web', { http: 80 }, { selector: { app: 'web' } });
const WEB = outbound('web', 80);
const inNetwork = (network: string, cluster = 'Kubernetes') => ({
  metadata: { NETWORK: network, CLUSTER_ID: cluster, ISTIO_VERSION: '1.31.0' },
});
const gatewayService = (ip: string, labels = '', ports = '[{name: tls, port: 15443}]') =>
  file(
    'eastwest.yaml',
    `
apiVersion: v1
kind: Service
metadata: {name: eastwest, namespace: istio-system, labels: {${labels}}}
spec: {type: LoadBalancer, ports: ${ports}}
status: {loadBalancer: {ingress: [{ip: ${ip}}]}}
`,
  );
const networkLabel = (name: string) => ({ 'topology.istio.io/network': name });

feature('Networks', (scenario) => {
  scenario('are crossed through the gateways that MeshNetworks names by address', async (mesh) => {
    const meshNetworks = `
networks:
  near: {endpoints: [{fromCidr: 10.1.0.0/16}]}
  far: {endpoints: [{fromCidr: 10.2.0.0/16}], gateways: [{address: 4.4.4.4, port: 15443}]}
`;
    await mesh.apply(
      web,
      pod('near', 'web', '10.1.0.1'),
      pod('far', 'web', '10.2.0.1'),
      meshConfigMap({ meshNetworks }),
    );
    const near = await mesh.connect(sidecar('app', inNetwork('near')));
    const far = await mesh.connect(sidecar('client', inNetwork('far')));
    expect([near.endpoints(WEB), far.endpoints(WEB)]).toEqual([
      ['10.1.0.1:80', '4.4.4.4:15443'],
      ['10.2.0.1:80', '10.1.0.1:80'],
    ]);
  });

  scenario('are read anew when they change, and stay while they are wrong', async (mesh) => {
    const networks = (gateway: string) =>
      meshConfigMap({
        meshNetworks: `networks: {far: {endpoints: [{fromCidr: 10.2.0.0/16}], gateways: [${gateway}]}}`,
      });
    await mesh.apply(web, pod('far', 'web', '10.2.0.1'), networks('{address: 4.4.4.4, port: 15443}'));
    const proxy = await mesh.connect(sidecar('app', inNetwork('near')));
    await mesh.apply(networks('{address: 5.5.5.5, port: 443}'));
    expect(proxy.endpoints(WEB)).toEqual(['5.5.5.5:443']);
    await mesh.apply(networks('{address: 6.6.6.6, port: 0}'));
    expect(proxy.endpoints(WEB)).toEqual(['5.5.5.5:443']);
    expect(mesh.issues()).toEqual([expect.stringContaining('VALUE_RANGE')]);
    await mesh.remove(networks(''));
    expect(proxy.endpoints(WEB)).toEqual(['10.2.0.1:80']);
  });

  scenario('are those of clusters, whose gateways are services there', async (mesh) => {
    const meshNetworks = `
networks:
  home: {endpoints: [{fromRegistry: Kubernetes}]}
  abroad:
    endpoints: [{fromRegistry: east}]
    gateways: [{registryServiceName: eastwest.istio-system.svc.cluster.local, port: 15443}]
`;
    await mesh.apply(web, pod('here', 'web', '10.1.0.1'), gatewayService('3.3.3.3'), meshConfigMap({ meshNetworks }));
    await mesh.join('east', web, pod('there', 'web', '10.1.0.1'), gatewayService('4.4.4.4'));
    const here = await mesh.connect(sidecar('app', inNetwork('home')));
    const there = await mesh.connect(sidecar('app', inNetwork('abroad', 'east')));
    expect([here.endpoints(WEB), there.endpoints(WEB)]).toEqual([
      ['10.1.0.1:80', '4.4.4.4:15443'],
      ['10.1.0.1:80', '10.1.0.1:80'],
    ]);
  });

  scenario('are named by the labels of the system namespaces and of gateways, without any settings', async (mesh) => {
    await mesh.apply(web, pod('here', 'web', '10.1.0.1'), namespace('istio-system', networkLabel('n1')));
    const proxy = await mesh.connect(sidecar('app', inNetwork('n1')));
    const east = await mesh.join(
      'east',
      web,
      pod('there', 'web', '10.1.0.1'),
      namespace('istio-system', networkLabel('n2')),
    );
    await east.apply(gatewayService('4.4.4.4', 'topology.istio.io/network: n2'));
    expect(proxy.endpoints(WEB)).toEqual(['10.1.0.1:80', '4.4.4.4:15443']);
    await east.apply(namespace('istio-system', networkLabel('n1')));
    expect(proxy.endpoints(WEB)).toEqual(['10.1.0.1:80', '10.1.0.1:80']);
    await east.leave();
    expect(proxy.endpoints(WEB)).toEqual(['10.1.0.1:80']);
  });

  scenario('of a Pod are said first by its own label', async (mesh) => {
    await mesh.apply(
      web,
      namespace('istio-system', networkLabel('n1')),
      gatewayService('4.4.4.4', 'topology.istio.io/network: n2'),
      pod('here', 'web', '10.1.0.1'),
      pod('there', 'web', '10.1.0.2', { labels: networkLabel('n2') }),
      pod('plain', 'web', '10.1.0.3', { labels: networkLabel('n2'), mtls: false }),
    );
    const proxy = await mesh.connect(sidecar('app', inNetwork('n1')));
    expect(proxy.endpoints(WEB)).toEqual(['10.1.0.1:80', '4.4.4.4:15443']);
  });
});

feature('Nodes', (scenario) => {
  const place = (zone: string) => ({ 'topology.kubernetes.io/region': 'r1', 'topology.kubernetes.io/zone': zone });
  const localities = (proxy: {
    readonly script: { readonly held: { readonly endpoints: ReadonlyMap<string, unknown> } };
  }) => JSON.stringify(proxy.script.held.endpoints.get(WEB)).match(/"zone":"[^"]*"/g);

  scenario('say where their Pods are, and Pods follow when they are labelled anew', async (mesh) => {
    await mesh.apply(web, node('n1', place('z1')), pod('a', 'web', '10.1.0.1', { node: 'n1' }));
    const proxy = await mesh.connect(sidecar('app'));
    expect(localities(proxy)).toEqual(['"zone":"z1"']);
    await mesh.apply(node('n1', place('z2')));
    expect(proxy.pushes).toEqual([{ type: 'eds', names: [WEB], removed: [] }]);
    expect(localities(proxy)).toEqual(['"zone":"z2"']);
  });
});
