import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/model.ts';
import type { Service } from '../../model/service.ts';
import { allocateAddresses, needsAddress } from './auto-address.ts';

const external = (hostname: string, rest: Partial<Service> = {}): Service =>
  service('default', 'ext', {
    hostname,
    name: hostname,
    registry: 'external',
    addresses: [],
    resolution: 'dns',
    ...rest,
  });

describe('needsAddress', () => {
  it.each([
    { when: 'Envoy resolves its name', service: external('a.com'), is: true },
    { when: 'its endpoints are listed', service: external('a.com', { resolution: 'eds' }), is: true },
    { when: 'it has an address', service: external('a.com', { addresses: ['10.0.0.1'] }), is: false },
    { when: 'a controller gave it one', service: external('a.com', { autoAddresses: ['240.240.0.1'] }), is: false },
    { when: 'traffic goes where it was going', service: external('a.com', { resolution: 'passthrough' }), is: false },
    { when: 'it is a wildcard', service: external('*.a.com'), is: false },
    {
      when: 'it is a wildcard for a forward proxy',
      service: external('*.a.com', { resolution: 'dynamic-dns' }),
      is: true,
    },
    {
      when: 'it opted out',
      service: external('a.com', { labels: { 'networking.istio.io/enable-autoallocate-ip': 'false' } }),
      is: false,
    },
    { when: 'it is of Kubernetes', service: service('default', 'a', { addresses: [] }), is: false },
  ])('is $is when $when', ({ service, is }) => {
    expect(needsAddress(service)).toBe(is);
  });
});

describe('allocateAddresses', () => {
  it('gives a host the same addresses whatever else there is', () => {
    const alone = allocateAddresses([external('a.example.com')]);
    const others = Array.from({ length: 500 }, (_, i) => external(`host-${i}.example.com`));
    const among = allocateAddresses([...others, external('a.example.com')]);
    expect(among.get('default/a.example.com')).toEqual(alone.get('default/a.example.com'));
  });

  it('says the same address in both families', () => {
    expect(allocateAddresses([external('a.example.com')])).toEqual(
      new Map([['default/a.example.com', ['240.240.219.81', '2001:2::f0f0:db51']]]),
    );
  });

  it('gives no address twice, and none that ends in .0 or .255', () => {
    const hosts = Array.from({ length: 20_000 }, (_, i) => external(`host-${i}.example.com`));
    const given = [...allocateAddresses(hosts).values()].map(([ipv4]) => ipv4);
    expect(new Set(given).size).toBe(20_000);
    expect(given.filter((address) => /\.(?:0|255)$/.test(address))).toEqual([]);
  });

  it('comes to an end when hardly any address is free', () => {
    const hosts = Array.from({ length: 61_000 }, (_, i) => external(`host-${i}.example.com`));
    expect(allocateAddresses(hosts).size).toBe(60_000);
  });
});
