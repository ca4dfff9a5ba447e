import type { CaptureSettings } from './settings.ts';

/** What an injected pod's init container asks for. */
export const POD: CaptureSettings = {
  proxyPort: 15001,
  inboundPort: 15006,
  tunnelPort: 15008,
  proxyUids: [1337],
  proxyGids: [1337],
  mode: 'REDIRECT',
  tproxyMark: 1337,
  tproxyRouteTable: 133,
  inboundPorts: '*',
  inboundPortsExcluded: [15090, 15021, 15020],
  outboundPorts: [],
  outboundPortsExcluded: [],
  outboundRanges: '*',
  outboundRangesExcluded: [],
  ownerGroups: '*',
  ownerGroupsExcluded: [],
  virtualInterfaces: [],
  interfacesExcluded: [],
  dns: undefined,
  dropsInvalid: false,
  loopback: '127.0.0.1/32',
};
