import { describe, expect, it } from 'vitest';
import { service } from '../../test/support/model.ts';
import type { Service } from './service.ts';
import { type AddressViewer, listServiceAddresses } from './service-address.ts';

const [V4, V6] = ['10.0.0.1', 'fd00::1'];

describe('listServiceAddresses', () => {
  it.each<{ when: string; declared: Partial<Service>; viewer: Partial<AddressViewer>; seen: readonly string[] }>([
    { when: 'of a proxy of one family', declared: { addresses: [V4, V6] }, viewer: { ipMode: 'ipv6' }, seen: [V6] },
    { when: 'of the first family for both', declared: { addresses: [V4, V6] }, viewer: { ipMode: 'dual' }, seen: [V4] },
    { when: 'of IPv6, where that is first', declared: { addresses: [V6, V4] }, viewer: { ipMode: 'dual' }, seen: [V6] },
    {
      when: 'of both families with the dual-stack switch',
      declared: { addresses: [V6, V4] },
      viewer: { ipMode: 'dual', dualStack: true },
      seen: [V6, V4],
    },
    {
      when: 'that a user wrote, whatever the family',
      declared: { registry: 'external', addresses: [V4, V6] },
      viewer: { ipMode: 'ipv4' },
      seen: [V4, V6],
    },
    {
      when: 'that were allocated, where DNS is captured',
      declared: { registry: 'external', addresses: [], autoAddresses: [V4, V6] },
      viewer: { ipMode: 'dual', dnsCapture: true },
      seen: [V4],
    },
    { when: 'that there are none of', declared: { addresses: [] }, viewer: { ipMode: 'dual' }, seen: [] },
  ])('lists addresses $when', ({ declared, viewer, seen }) => {
    const asks: AddressViewer = { ipMode: 'ipv4', dnsCapture: false, dualStack: false, ...viewer };
    expect(listServiceAddresses(service('default', 'a', declared), asks)).toEqual(seen);
  });
});
