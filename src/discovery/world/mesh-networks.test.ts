import { expect, it } from 'vitest';
import { startMemoryWorld } from '../../../test/support/world.ts';
import { MemorySource } from '../memory/memory-source.ts';

const map = (networks: string) =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {meshNetworks: "${networks}"}}`;
const gatewayAt = (address: string) => `networks: {n: {gateways: [{address: ${address}, port: 15443}]}}`;

it('networks are those of the file when there is one, and of the ConfigMap when it goes', async () => {
  const networksFile = new MemorySource('networks file');
  networksFile.write({ meshNetworks: gatewayAt('4.4.4.4') });
  const mesh = await startMemoryWorld({ m: map(gatewayAt('5.5.5.5')) }, { networksFile });
  const gateways = () => mesh.world.snapshot.mesh.networkGateways?.map(({ address }) => address);
  expect(gateways()).toEqual(['4.4.4.4']);
  networksFile.write({ meshNetworks: 'networks: {n: {gateways: [{address: 4.4.4.4}]}}' });
  const { issues } = await mesh.next('what is wrong with the file');
  expect([issues.map(({ code }) => code), gateways()]).toEqual([['FIELD_MISSING'], ['4.4.4.4']]);
  networksFile.remove('meshNetworks');
  await mesh.next('the file to go');
  expect(gateways()).toEqual(['5.5.5.5']);
  await mesh.write({ m: map('') });
  expect(gateways()).toBeUndefined();
});
