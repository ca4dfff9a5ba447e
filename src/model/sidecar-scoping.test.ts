import { describe, expect, it } from 'vitest';
import { prefix, rule, to } from '../../test/support/http-rule.ts';
import { service, sidecar, virtualService } from '../../test/support/model.ts';
import type { MeshConfig } from './mesh-config.ts';
import { RuleIndex } from './rule-index.ts';
import type { Service } from './service.ts';
import type { HostPattern } from './sidecar.ts';
import type { SidecarScope } from './sidecar-scope.ts';
import { createSidecarScope } from './sidecar-scoping.ts';
import type { Destination, HttpMatch, VirtualService } from './virtual-service.ts';

const mesh = { rootNamespace: 'istio-system', outboundTrafficPolicy: { mode: 'allow-any' } } as MeshConfig;
const ports = (...numbers: number[]) =>
  numbers.map((number) => ({ name: `http-${number}`, number, protocol: 'http' as const }));
const reviews = service('shop', 'reviews', { ports: ports(80, 8080) });
const ratings = service('shop', 'ratings');
const web = service('web', 'front');
const hidden = service('shop', 'hidden', { visibility: { kind: 'private' } });
const all = [reviews, ratings, web, hidden];

function pattern(text: string): HostPattern {
  const [namespace = '', host = ''] = text.replace(/^~/, '').split('/');
  return { namespace, host, not: text.startsWith('~') };
}

function scope(
  hosts: string[],
  options: { port?: number; services?: Service[]; rules?: VirtualService[] } = {},
): SidecarScope {
  const { services = all, rules = [] } = options;
  const port =
    options.port === undefined ? {} : { port: { number: options.port, name: 'http', protocol: 'http' as const } };
  const egress = [{ ...port, captureMode: 'default' as const, hosts: hosts.map(pattern) }];
  const input = {
    mesh,
    services,
    virtualServices: rules,
    rules: new RuleIndex([], 'istio-system'),
    namespace: 'web',
    labels: {},
  };
  return createSidecarScope(input, hosts.length === 0 ? undefined : sidecar('web', 'default', { egress }));
}

const names = (s: SidecarScope) => s.services.map((svc) => `${svc.name}:${svc.ports.map((p) => p.number).join('+')}`);

describe('createSidecarScope', () => {
  it.each<{ when: string; hosts: string[]; port?: number; seen: string[] }>([
    { when: 'there is no Sidecar', hosts: [], seen: ['reviews:80+8080', 'ratings:80', 'front:80'] },
    { when: 'it names a namespace', hosts: ['shop/*'], seen: ['reviews:80+8080', 'ratings:80'] },
    { when: 'it names its own', hosts: ['./*'], seen: ['front:80'] },
    { when: 'it names a host', hosts: ['*/ratings.shop.svc.cluster.local'], seen: ['ratings:80'] },
    { when: 'it excludes a host', hosts: ['shop/*', '~*/ratings.shop.svc.cluster.local'], seen: ['reviews:80+8080'] },
    { when: 'it only excludes', hosts: ['~*/*'], seen: [] },
    { when: 'its listener has a port', hosts: ['*/*'], port: 8080, seen: ['reviews:8080'] },
  ])('imports what is asked for when $when', ({ hosts, port, seen }) => {
    expect(names(scope(hosts, port === undefined ? {} : { port }))).toEqual(seen);
  });

  const sending = (destination: Destination, matches: readonly HttpMatch[] = []) =>
    virtualService('web', 'front', { http: [rule({ matches, action: to(destination.host, destination) })] });

  it('has what an imported rule sends to, with the port it names, and imports it not', () => {
    const seen = scope(['./*'], { rules: [sending({ host: reviews.hostname, port: 8080 })] });
    expect(names(seen)).toEqual(['front:80', 'reviews:8080']);
    expect(seen.egress[0].services).toEqual([web]);
  });

  it('has it with the port of the listener, where that has one', () => {
    const front = service('web', 'front', { ports: ports(8080) });
    const seen = (host: string) =>
      names(scope(['./*'], { port: 8080, services: [...all, front], rules: [sending({ host, port: 80 })] }));
    expect(seen(reviews.hostname)).toEqual(['front:8080', 'reviews:8080']);
    expect(seen(ratings.hostname)).toEqual(['front:8080']);
  });

  it('has nothing that only clients of other namespaces are sent to', () => {
    const seen = (...matches: HttpMatch[]) =>
      names(scope(['./*'], { rules: [sending({ host: ratings.hostname }, matches)] }));
    const from = (sourceNamespace: string) => prefix('/', { sourceNamespace });
    expect(seen(from('shop'))).toEqual(['front:80']);
    expect(seen(from('shop'), from('web'))).toEqual(['front:80', 'ratings:80']);
    expect(seen(from('shop'), prefix('/'))).toEqual(['front:80', 'ratings:80']);
  });

  it('imports no rule all of whose hosts are excluded', () => {
    const excluded = `~*/${web.hostname}`;
    const rules = [sending({ host: ratings.hostname })];
    expect(scope(['./*', excluded], { rules }).egress[0].virtualServices).toEqual([]);
    const two = rules.map((vs) => ({ ...vs, hosts: [...vs.hosts, 'front.example.com'] }));
    expect(scope(['./*', excluded], { rules: two }).egress[0].virtualServices).toEqual(two);
  });

  it('prefers the service of its own namespace to a namesake', () => {
    const mine = service('web', 'reviews', { hostname: reviews.hostname, registry: 'external' });
    expect(scope([], { services: [reviews, mine] }).services).toEqual([mine]);
  });

  it('gives trimmed services the same identity every time', () => {
    expect(scope(['*/*'], { port: 8080 }).services[0]).toBe(scope(['*/*'], { port: 8080 }).services[0]);
  });
});
