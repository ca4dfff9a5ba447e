import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { meshOf } from '../../support/facts/mesh.ts';
import {
  EARLIER,
  ECHO,
  LATER,
  meshConfig,
  OTHER,
  service,
  serviceEntry,
  sidecar,
  virtualService,
} from '../../support/facts/objects.ts';

const E = 'echo.default.svc.cluster.local';
const NAMES = [E, `${E}.`, 'echo', 'echo.default.svc', 'echo.default'];

const external = (host: string) =>
  serviceEntry('ext', `{ hosts: [${host}], resolution: DNS, ports: [{ number: 80, name: http, protocol: HTTP }] }`);
const redirectTo = (uri: string) => `http: [{ redirect: { uri: ${uri} } }]`;

beforeAll(() => configureLogs({ write: () => undefined }));

describe('virtual hosts of sidecars, and the domains that they answer to', () => {
  it('RC1: a service of the own namespace is called by all its names and its address', async () => {
    const mesh = await meshOf([ECHO]);
    const host = `route 80 → virtual_hosts[${E}:80].{name,domains,include_request_attempt_count}`;
    expect(mesh.show(host)).toEqual({
      name: `${E}:80`,
      domains: [...NAMES, '10.96.0.10'],
      include_request_attempt_count: true,
    });
  });

  it('RC2: a service of another namespace is called with its namespace', async () => {
    const mesh = await meshOf([ECHO, OTHER]);
    const name = 'other.other.svc.cluster.local';
    const domains = [name, `${name}.`, 'other.other', 'other.other.svc', '10.96.0.20'];
    expect(mesh.show(`route 80 → virtual_hosts[${name}:80].domains`)).toEqual(domains);
  });

  it('RC3: an ExternalName lends its names to the service that it stands for, and is nothing itself', async () => {
    const mesh = await meshOf([ECHO, service('ext', `{ type: ExternalName, externalName: ${E} }`)]);
    const alias = 'ext.default.svc.cluster.local';
    const aliases = [alias, `${alias}.`, 'ext', 'ext.default.svc', 'ext.default'];
    expect(mesh.show('route 80 → virtual_hosts[*].{name,domains}')).toEqual([
      { name: `${E}:80`, domains: [...NAMES, ...aliases, '10.96.0.10'] },
      { name: 'allow_any', domains: ['*'] },
    ]);
    expect(mesh.show(`names of clusters *${alias}`)).toEqual([]);
  });

  it('RC4: pods of a headless service are called below each of its names', async () => {
    const mesh = await meshOf([service('hl', '{ clusterIP: None, ports: [{ name: http, port: 8085 }] }')]);
    const name = 'hl.default.svc.cluster.local';
    const names = [name, `${name}.`, 'hl', 'hl.default.svc', 'hl.default'];
    const domains = [...names, ...names.map((one) => `*.${one}`)];
    expect(mesh.show(`route 8085 → virtual_hosts[${name}:8085].domains`)).toEqual(domains);
  });

  it('RC5: a host of a ServiceEntry has no other names', async () => {
    const mesh = await meshOf([external('dns.example.com')]);
    const domains = ['dns.example.com', 'dns.example.com.'];
    expect(mesh.show('route 80 → virtual_hosts[dns.example.com:80].domains')).toEqual(domains);
  });

  const FOREIGN = 'foo.local.campus.net';
  const foreignNames = async (domain: string) => {
    const mesh = await meshOf([external(FOREIGN)], { domain });
    return mesh.show(`route 80 → virtual_hosts[${FOREIGN}:80].domains`);
  };

  it('RC6: of a host whose domain the client shares in part, the rest is a name', async () => {
    const domains = [FOREIGN, `${FOREIGN}.`, 'foo.local', 'foo.local.campus'];
    expect(await foreignNames('remote.campus.net')).toEqual(domains);
  });

  it('RC7: of a host whose domain the client shares in whole, the first label is a name', async () => {
    expect(await foreignNames('local.campus.net')).toEqual([FOREIGN, `${FOREIGN}.`, 'foo']);
  });

  it('RC10: a port whose protocol is told by its bytes has a configuration for its service alone', async () => {
    const mesh = await meshOf([ECHO]);
    expect(mesh.show(`route ${E}:9100 → virtual_hosts[*].{name,domains}`)).toEqual([
      { name: `${E}:9100`, domains: ['*'] },
    ]);
  });

  it('RC11: what no service answers to passes through', async () => {
    const mesh = await meshOf([ECHO]);
    expect(mesh.show('route 80 → virtual_hosts[-1].{name,domains}')).toEqual({ name: 'allow_any', domains: ['*'] });
    expect(mesh.show('route 80 → virtual_hosts[-1].routes')).toEqual([
      {
        name: 'allow_any',
        match: { prefix: '/' },
        route: {
          cluster: 'PassthroughCluster',
          timeout: '0s',
          max_stream_duration: { grpc_timeout_header_max: '0s' },
        },
      },
    ]);
  });

  it('RC12: an empty policy of a Sidecar is one for registered hosts only', async () => {
    const strict = sidecar('strict', "{ egress: [{ hosts: ['*/*'] }], outboundTrafficPolicy: {} }");
    const mesh = await meshOf([ECHO, strict]);
    expect(mesh.show('route 80 → virtual_hosts[-1].{name,domains,routes}')).toEqual({
      name: 'block_all',
      domains: ['*'],
      routes: [{ name: 'block_all', match: { prefix: '/' }, direct_response: { status: 502 } }],
    });
  });

  it('RC13: unknown hosts may be looked up when they are called', async () => {
    const mesh = await meshOf([ECHO, meshConfig('outboundTrafficPolicy: { mode: ALLOW_ANY_DYNAMIC_DNS }')]);
    const name = 'allow_any_dynamic_dns';
    expect(mesh.show('route 80 → virtual_hosts[-1].{name,domains}')).toEqual({ name, domains: ['*'] });
    expect(mesh.show('route 80 → virtual_hosts[-1].routes[0].route.cluster')).toBe('AllowAnyDynamicDNSCluster');
  });

  it('RC14: at the HTTP proxy every name has a form with its port; only port 80 may be left out', async () => {
    const mesh = await meshOf([ECHO, meshConfig('proxyHttpPort: 15007')]);
    const all = [...NAMES, '10.96.0.10'];
    const hosts = 'route http_proxy → virtual_hosts';
    expect(mesh.show(`${hosts}[${E}:80].domains`)).toEqual(all.flatMap((one) => [one, `${one}:80`]));
    expect(mesh.show(`${hosts}[${E}:9100].domains`)).toEqual(all.map((one) => `${one}:9100`));
  });

  it('RC15: a host that no service has is there on port 80 only', async () => {
    const rule = virtualService('v', `{ hosts: [unknown.example.net], ${redirectTo('/x')} }`);
    const mesh = await meshOf([ECHO, rule]);
    const name = 'unknown.example.net:80';
    expect(mesh.show('route 80 → virtual_hosts[unknown*].{name,domains}')).toEqual({
      name,
      domains: ['unknown.example.net'],
    });
    expect(mesh.show('route 7070 → virtual_hosts[unknown*]')).toBeUndefined();
  });

  it('RC16: beside a service, such a host is on the ports of the service too', async () => {
    const mesh = await meshOf([ECHO, virtualService('v', `{ hosts: [${E}, foo.bar], ${redirectTo('/x')} }`)]);
    const host = 'route 7070 → virtual_hosts[foo.bar:7070].{name,domains}';
    expect(mesh.show(host)).toEqual({ name: 'foo.bar:7070', domains: ['foo.bar'] });
  });

  it('RC17: of two rules for a host, the older one counts alone', async () => {
    const mesh = await meshOf([
      ECHO,
      virtualService('a', `{ hosts: [${E}], ${redirectTo('/newer')} }`, { created: LATER }),
      virtualService('b', `{ hosts: [${E}], ${redirectTo('/older')} }`, { created: EARLIER }),
    ]);
    expect(mesh.show(`route 80 → virtual_hosts[${E}:80].routes[*].redirect`)).toEqual([{ path_redirect: '/older' }]);
    expect(mesh.notes).toEqual([expect.stringMatching(/^VS_HOST_SHADOWED VirtualService\/default\/a: /)]);
  });

  it('RC18: a rule for the host itself goes before one for all hosts, which serves the other services', async () => {
    const mesh = await meshOf([
      ECHO,
      service('peer', '{ clusterIP: 10.96.0.11, ports: [{ name: http, port: 80 }] }'),
      virtualService('a', `{ hosts: ['*.default.svc.cluster.local'], ${redirectTo('/all')} }`, { created: EARLIER }),
      virtualService('b', `{ hosts: [${E}], ${redirectTo('/echo')} }`, { created: LATER }),
    ]);
    const redirects = 'routes[0].redirect.path_redirect';
    expect(mesh.show(`route 80 → virtual_hosts[${E}:80].${redirects}`)).toBe('/echo');
    expect(mesh.show(`route 80 → virtual_hosts[peer*].${redirects}`)).toBe('/all');
  });

  it('RC19: a rule of which nothing is left on a port leaves the service as it is there', async () => {
    const rule = virtualService('v', `{ hosts: [${E}], http: [{ match: [{ port: 80 }], redirect: { uri: /x } }] }`);
    const mesh = await meshOf([ECHO, rule]);
    const route = `route ${E}:9100 → virtual_hosts[0].routes`;
    expect(mesh.show(`${route}[*].{name,match}`)).toEqual([{ name: 'default', match: { prefix: '/' } }]);
    expect(mesh.show(`${route}[0].route.cluster`)).toBe(`outbound|9100||${E}`);
  });

  it('RC95: where one listener serves all ports, an undeclared host is called as one of port 80', async () => {
    const rule = virtualService('v', `{ hosts: [unknown.example.net], ${redirectTo('/x')} }`);
    const egress = "[{ bind: 'unix:///e.sock', port: { number: 0, protocol: HTTP, name: h }, hosts: ['*/*'] }]";
    // Istio has the host without its port only. Here ports are not ignored in such configurations, so the form with it is needed as well.
    const expected = { name: 'unknown.example.net:80', domains: ['unknown.example.net', 'unknown.example.net:80'] };
    const proxied = await meshOf([ECHO, rule, meshConfig('proxyHttpPort: 15007')]);
    expect(proxied.show('route http_proxy → virtual_hosts[unknown*].{name,domains}')).toEqual(expected);
    const piped = await meshOf([ECHO, rule, sidecar('uds', `{ egress: ${egress} }`)]);
    expect(piped.show('route unix:///e.sock → virtual_hosts[unknown*].{name,domains}')).toEqual(expected);
  });
});
