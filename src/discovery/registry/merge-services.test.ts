import { describe, expect, it } from 'vitest';
import { meta, service } from '../../../test/support/model.ts';
import type { Service } from '../../model/service.ts';
import { compareServices, mergeServices, uniteParts } from './merge-services.ts';

const entry = (name: string, createdMs: number, rest: Partial<Service> = {}): Service =>
  service('default', 'a', {
    meta: meta('ServiceEntry', 'default', name, { createdMs }),
    hostname: 'a.com',
    name: 'a.com',
    registry: 'external',
    external: true,
    ...rest,
  });

describe('mergeServices', () => {
  it('lets the oldest ServiceEntry have the host', () => {
    const older = entry('older', 1);
    const newer = entry('newer', 2, { resolution: 'dns' });
    expect(mergeServices([newer, older])).toEqual({
      parts: [older],
      shadows: [{ loser: 'ServiceEntry/default/newer', winner: 'ServiceEntry/default/older', host: 'a.com' }],
    });
  });

  it('lets Kubernetes have the host, however young its service is', () => {
    const older = entry('older', 1, { hostname: 'a.default.svc.cluster.local', name: 'a.default.svc.cluster.local' });
    const kube = service('default', 'a', { meta: meta('Service', 'default', 'a', { createdMs: 9 }) });
    expect(mergeServices([older, kube])).toEqual({
      parts: [kube],
      shadows: [{ loser: 'ServiceEntry/default/older', winner: 'Service/default/a', host: kube.hostname }],
    });
  });

  it('joins ServiceEntries that declare a host alike', () => {
    const older = entry('older', 1);
    const newer = entry('newer', 2);
    expect(mergeServices([newer, older])).toEqual({ parts: [older, newer], shadows: [] });
  });
});

describe('uniteParts', () => {
  it('adds the ports and addresses of the others', () => {
    const first = entry('one', 1, { addresses: ['10.0.0.1'] });
    const other = entry('two', 2, {
      addresses: ['10.0.0.1', '10.0.0.2'],
      ports: [
        { name: 'other', number: 80, protocol: 'tcp' },
        { name: 'tls', number: 443, protocol: 'tls' },
      ],
    });
    expect(uniteParts([first, other], 'Kubernetes')).toEqual({
      ...first,
      addresses: ['10.0.0.1', '10.0.0.2'],
      ports: [
        { name: 'http', number: 80, protocol: 'http' },
        { name: 'tls', number: 443, protocol: 'tls' },
      ],
    });
  });

  it('leaves a single part as it is', () => {
    const only = entry('one', 1);
    expect(uniteParts([only], 'Kubernetes')).toBe(only);
  });
});

describe('compareServices', () => {
  it('sorts by age, then name, then namespace', () => {
    const services = [
      service('b', 'y'),
      service('a', 'y'),
      service('b', 'x'),
      service('a', 'a', { meta: meta('Service', 'a', 'a', { createdMs: 5 }) }),
    ];
    const order = services.sort(compareServices).map(({ namespace, name }) => `${namespace}/${name}`);
    expect(order).toEqual(['b/x', 'a/y', 'b/y', 'a/a']);
  });
});
