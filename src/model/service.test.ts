import { describe, expect, it } from 'vitest';
import { service } from '../../test/support/model.ts';
import { listServicesIn, serviceIn } from './service.ts';

const plain = service('default', 'plain');
const both = service('default', 'both', {
  addresses: ['10.0.0.1'],
  selector: { app: 'a' },
  byCluster: {
    west: { addresses: ['10.0.0.1'], selector: { app: 'a' } },
    east: { addresses: ['10.9.0.1'], selector: { app: 'b' } },
    bare: { addresses: [] },
  },
});
const { byCluster: _, selector: __, ...rest } = both;

describe('serviceIn', () => {
  it.each([
    { where: 'the first cluster', cluster: 'west', seen: { ...rest, selector: { app: 'a' } } },
    {
      where: 'a cluster with other addresses',
      cluster: 'east',
      seen: { ...rest, addresses: ['10.9.0.1'], selector: { app: 'b' } },
    },
    { where: 'a cluster without an address', cluster: 'bare', seen: rest },
    { where: 'a cluster that does not declare it', cluster: 'north', seen: rest },
  ])('is what it is in $where', ({ cluster, seen }) => {
    expect(serviceIn(both, cluster)).toEqual(seen);
    expect(serviceIn(both, cluster)).toBe(serviceIn(both, cluster));
  });

  it('is the service itself where there is one cluster', () => {
    expect(serviceIn(plain, 'east')).toBe(plain);
  });
});

describe('listServicesIn', () => {
  it('is the list itself when all clusters see the same', () => {
    const services = [plain];
    expect(listServicesIn(services, 'east')).toBe(services);
  });

  it('is the identical list when asked again', () => {
    const services = [plain, both];
    expect(listServicesIn(services, 'east')).toEqual([plain, serviceIn(both, 'east')]);
    expect(listServicesIn(services, 'east')).toBe(listServicesIn(services, 'east'));
  });
});
