import { describe, expect, it } from 'vitest';
import { meshConfig } from '../../../test/support/mesh.ts';
import { service } from '../../../test/support/model.ts';
import { sidecarClass } from '../../../test/support/scopes.ts';
import { CompileCache } from '../cache.ts';
import { listPlaces } from './addresses.ts';
import { getListenerSettings } from './settings.ts';

describe('listPlaces', () => {
  const bindsOf = (addresses: readonly string[], ipMode: 'ipv4' | 'ipv6') => {
    const settings = getListenerSettings(meshConfig(), sidecarClass({ ipMode }), new CompileCache());
    return listPlaces(service('default', 'a', { addresses }), settings).map(({ binds }) => binds);
  };

  it.each([
    { when: 'of its family', addresses: ['10.0.0.1', 'fd00::1'], ipMode: 'ipv6', binds: [['fd00::1']] },
    {
      when: 'of the other family, where it has no other',
      addresses: ['10.0.0.1'],
      ipMode: 'ipv6',
      binds: [['10.0.0.1']],
    },
    { when: 'unspecified, where it has none', addresses: [], ipMode: 'ipv6', binds: [['0.0.0.0']] },
  ] as const)("is a Kubernetes Service's address $when", ({ addresses, ipMode, binds }) => {
    expect(bindsOf(addresses, ipMode)).toEqual(binds);
  });
});
