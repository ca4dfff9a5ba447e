import { expect } from 'vitest';
import { declare } from '../support/declare/declared.ts';
import { meshConfigMap } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { service } from '../support/declare/service.ts';
import { feature } from '../support/feature/feature.ts';

feature('Settings of proxies', (scenario) => {
  const web = service('web', { http: 80 });
  const hidden = { 'proxy.istio.io/config': 'proxyHeaders: {attemptCount: {disabled: true}}' };
  const pod = declare(
    { apiVersion: 'v1', kind: 'Pod', name: 'app', labels: { app: 'app' }, annotations: hidden },
    { spec: {}, status: { podIP: '10.1.0.1' } },
  );
  const proxyConfig = declare(
    { apiVersion: 'networking.istio.io/v1beta1', kind: 'ProxyConfig', name: 'all' },
    { spec: { concurrency: 2 } },
  );
  const countsAttempts = (value: unknown) => JSON.stringify(value).includes('"include_request_attempt_count":true');

  scenario('come from the annotation of the Pod where the proxy brings none', async (mesh) => {
    await mesh.apply(web, pod);
    const app = await mesh.connect(sidecar('app', { ip: '10.1.0.1' }));
    const other = await mesh.connect(sidecar('other'));
    expect(countsAttempts(app.script.held.routes.get('80'))).toBe(false);
    expect(countsAttempts(other.script.held.routes.get('80'))).toBe(true);
  });

  scenario('come from the proxy itself where it brings some', async (mesh) => {
    await mesh.apply(
      web,
      pod,
      meshConfigMap({ defaultConfig: { proxyHeaders: { attemptCount: { disabled: true } } } }),
    );
    const app = await mesh.connect(sidecar('app', { ip: '10.1.0.1', metadata: { PROXY_CONFIG: { concurrency: 1 } } }));
    expect(countsAttempts(app.script.held.routes.get('80'))).toBe(true);
  });

  scenario('cost no proxy anything that listeners, routes and clusters do not depend on', async (mesh) => {
    await mesh.apply(web);
    const app = await mesh.connect(sidecar('app'));
    await mesh.apply(proxyConfig);
    expect(app.pushes).toEqual([]);
    expect(mesh.fateOf('ProxyConfig', 'all')).toBe('applied');
  });

  scenario('of workloads that would join by themselves are a template, and said to be one', async (mesh) => {
    const identity = { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadGroup', name: 'vms' };
    await mesh.apply(declare(identity, { spec: { template: { serviceAccount: 'vm' } } }));
    expect(mesh.fateOf('WorkloadGroup', 'vms')).toBe('ignored');
  });
});
