import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../src/kit/log.ts';
import { measureMesh } from './measure.ts';
import { serviceEntriesInScope, servicesInScope, virtualServicesOnGateway } from './meshes.ts';

beforeAll(() => configureLogs({ write: () => undefined }));

describe('measureMesh', () => {
  it.each([
    { mesh: virtualServicesOnGateway(50), changed: { 'one VirtualService': 1, 'one delegate': 1, 'one endpoint': 1 } },
    { mesh: servicesInScope(50), changed: { 'one Service': 3, 'one DestinationRule': 1, 'one endpoint': 1 } },
    // A new port: a cluster, an assignment and a listener. A ServiceEntry's: two clusters' worth of listeners and routes, and an assignment; its address: that of each port.
    { mesh: serviceEntriesInScope(50), changed: { 'one ServiceEntry': 4, 'one endpoint': 2 } },
  ])('changes of $mesh.name what each change is about, and no more', async ({ mesh, changed }) => {
    const { changes } = await measureMesh(mesh, 3);
    expect(Object.fromEntries(changes.map(({ name, changedResources }) => [name, changedResources]))).toEqual(changed);
  });
});
