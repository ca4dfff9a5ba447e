import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { INGRESS, meshOf } from '../../support/facts/mesh.ts';
import { EARLIER, gateway, LATER, service, virtualService } from '../../support/facts/objects.ts';

const HOSTS = 'virtual_hosts[*].{name,domains}';

/** One HTTP server. */
const http = (hosts: string, port = 80, rest = '') =>
  gateway('gw', `[{ port: { name: http, number: ${port}, protocol: HTTP }, hosts: [${hosts}] ${rest} }]`);

/** A rule at that gateway which redirects each of `paths`, or everything for an empty one. */
function redirects(
  name: string,
  host: string,
  paths: readonly string[],
  created = EARLIER,
  gateways = 'istio-system/gw',
) {
  const rules = paths.map((path) => {
    const match = path === '' ? '' : `match: [{ uri: { prefix: ${path} } }],`;
    return `{ ${match} redirect: { uri: '/${name}${path}' } }`;
  });
  return virtualService(name, `{ hosts: ['${host}'], gateways: [${gateways}], http: [${rules}] }`, { created });
}

beforeAll(() => configureLogs({ write: () => undefined }));

describe('virtual hosts of gateways', () => {
  it("RC42: behind a Service, routes are asked for by the workload's port, and named by the declared one", async () => {
    const ports = '[{ name: http, port: 80, targetPort: 8080 }]';
    const front = service(
      'ingress',
      `{ clusterIP: 10.96.0.99, selector: { istio: ingressgateway }, ports: ${ports} }`,
      { namespace: 'istio-system' },
    );
    const mesh = await meshOf([front, http("'*'"), redirects('v', 'a.example.com', [''])], INGRESS);
    expect(mesh.show('names of routes')).toEqual(['http.8080']);
    expect(mesh.show('route http.8080 → virtual_hosts[*].name')).toEqual(['a.example.com:80']);
  });

  it('RC43: the routes of an HTTPS server are named by its port and its Gateway', async () => {
    const server =
      "[{ port: { name: https, number: 443, protocol: HTTPS }, hosts: ['*'], tls: { mode: SIMPLE, credentialName: cred } }]";
    const mesh = await meshOf(
      [gateway('g1', server), redirects('v', 'a.example.com', [''], EARLIER, 'istio-system/g1')],
      INGRESS,
    );
    expect(mesh.show('names of routes')).toEqual(['https.443.https.g1.istio-system']);
  });

  it('RC44: of several rules for a host, what fits everything comes last', async () => {
    const mesh = await meshOf(
      [
        http("'*'"),
        redirects('older', 'a.example.com', [''], EARLIER),
        redirects('newer', 'a.example.com', ['/x', ''], LATER),
      ],
      INGRESS,
    );
    expect(mesh.show('route http.80 → virtual_hosts[0].routes[*].redirect.path_redirect')).toEqual([
      '/newer/x',
      '/older',
      '/newer',
    ]);
  });

  it('RC45: a server that nobody routes knows no path', async () => {
    const mesh = await meshOf([http("'*'")], INGRESS);
    expect(mesh.show('route http.80 → virtual_hosts')).toEqual([{ name: 'blackhole:80', domains: ['*'] }]);
  });

  it('RC46: a redirect to HTTPS needs no rule', async () => {
    const mesh = await meshOf([http("'*.example.com'", 80, ', tls: { httpsRedirect: true }')], INGRESS);
    expect(mesh.show('route http.80 → virtual_hosts[*].{name,domains,routes,require_tls}')).toEqual([
      { name: '*.example.com:80', domains: ['*.example.com'], require_tls: 'ALL' },
    ]);
  });

  it.each([
    { row: "RC47: a rule's host", server: "'*'", rule: 'a.example.com', port: 8080, expected: 'a.example.com' },
    { row: "RC48: a server's host", server: 'example.org', rule: '*.org', port: 80, expected: 'example.org' },
  ])('$row counts where it says more than the other', async ({ server, rule, port, expected }) => {
    const mesh = await meshOf([http(server, port), redirects('v', rule, [''])], INGRESS);
    expect(mesh.show(`route http.${port} → ${HOSTS}`)).toEqual([{ name: `${expected}:${port}`, domains: [expected] }]);
  });

  it('RC49: hosts of servers and rules are compared as they are written', async () => {
    const mesh = await meshOf([http('z.other.com'), redirects('v', 'Z.other.com', [''])], INGRESS);
    expect(mesh.show('route http.80 → virtual_hosts[*].name')).toEqual(['blackhole:80']);
  });

  it('RC94: a rule on two Gateways that share a port and a host has its routes twice', async () => {
    const second = gateway('gw2', "[{ port: { name: http, number: 80, protocol: HTTP }, hosts: ['*'] }]");
    const rule = redirects('v', 'a.example.com', ['/x'], EARLIER, 'istio-system/gw, istio-system/gw2');
    const mesh = await meshOf([http("'*'"), second, rule], INGRESS);
    const paths = 'route http.80 → virtual_hosts[a.example.com:80].routes[*].redirect.path_redirect';
    expect(mesh.show(paths)).toEqual(['/v/x', '/v/x']);
  });
});
