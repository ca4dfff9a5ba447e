import { expect, it } from 'vitest';
import { sidecar } from '../../../test/support/model.ts';
import type { CompiledResource } from '../resource.ts';
import { withoutTaken } from './taken.ts';

const listeners = (...names: readonly string[]) => ({
  resources: names.map((name): CompiledResource => ({ name, version: name, bytes: Buffer.alloc(0), origins: [] })),
  notes: [],
});

it('leaves inbound listeners out whose address an outbound one has, and says so', () => {
  const owner = sidecar('default', 'own');
  const inbound = listeners('virtualInbound', '0.0.0.0_80', '10.1.0.1_80');
  expect(withoutTaken(inbound, listeners('virtualOutbound', '0.0.0.0_80'), owner)).toEqual({
    ...listeners('virtualInbound', '10.1.0.1_80'),
    notes: [
      {
        object: 'Sidecar/default/own',
        code: 'SIDECAR_PORT_TAKEN',
        message: 'ingress on 0.0.0.0:80 is left out: outbound traffic to other services is listened for there',
      },
    ],
  });
  expect(withoutTaken(inbound, listeners('virtualOutbound'), owner)).toBe(inbound);
});
