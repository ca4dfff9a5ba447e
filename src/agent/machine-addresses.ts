import { networkInterfaces } from 'node:os';

/** This machine's addresses that others can reach, in the order of its devices: neither loopback nor link-local. */
export function listMachineAddresses(): readonly { readonly address: string; readonly family: 4 | 6 }[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:') && !address.startsWith('169.254.'))
    .map(({ address, family }) => ({ address, family: family === 'IPv6' ? 6 : 4 }));
}
