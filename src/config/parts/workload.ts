import type { Static } from 'typebox';
import type { WorkloadSpec } from '../../model/workload-entry.ts';
import type { CheckInput } from '../define-kind.ts';
import type { Pointer } from '../pointer.ts';
import { mapOf, object, text, whole } from '../schema/fields.ts';
import { isDnsLabel, isFqdn, isIpAddress, isUnixAddress } from '../schema/names.ts';
import { LABELS, checkLabelKeys } from './workload-selector.ts';

/** A workload that is not a Pod: what a WorkloadEntry says, and an endpoint of a ServiceEntry. */
export const WORKLOAD = object('A workload that is not a Pod.', {
  required: {},
  optional: {
    address: text('IP address, host name or `unix://path`.', { maxLength: 256 }),
    ports: mapOf(
      "Where the workload listens, by the name of the service's port.",
      whole('Number of the port.', { minimum: 1, maximum: 65535 }),
    ),
    labels: { ...LABELS, description: 'Labels of the workload.' },
    network: text('Network that the workload is in.', { maxLength: 2048, absent: "the mesh's default" }),
    locality: text('`region/zone/subzone`.', { maxLength: 2048 }),
    weight: whole('Share of traffic, relative to the others.', { minimum: 0, maximum: 4294967295, absent: '1' }),
    serviceAccount: text('Service account of the workload.', { maxLength: 253 }),
  },
});

export type WrittenWorkload = Static<typeof WORKLOAD>;

export function checkWorkload(workload: WrittenWorkload, at: Pointer, input: CheckInput): void {
  const { address = '', network = '', ports = {}, labels } = workload;
  const { report } = input;
  const place = at.to('address');
  if (address === '' && network === '')
    report.add('WE_ADDRESS_MISSING', place, `${place} is missing, but a workload needs an address or a network`);
  else if (address === '')
    report.add(
      'WE_ADDRESS_EMPTY',
      at,
      `${at} has no address: it is reached through the gateway of network "${network}"`,
    );
  else if (address.startsWith('unix://')) {
    if (!isUnixAddress(address))
      report.add(
        'ADDRESS_INVALID',
        place,
        `${place} is "${address}", expected unix:// and an absolute path or @name of at most 107 bytes`,
      );
    if (Object.keys(ports).length > 0)
      report.add('WE_SOCKET_PORTS', at.to('ports'), 'a Unix socket has no ports', 'key');
  } else if (!isIpAddress(address) && !isFqdn(address)) {
    report.add(
      'ADDRESS_INVALID',
      place,
      `${place} is "${address}", expected an IP address, a host name or unix:// and a path`,
    );
  }
  checkWorkloadPorts(ports, at.to('ports'), input);
  checkLabelKeys(labels, at.to('labels'), input);
}

/** Names of ports, which a schema cannot check. */
export function checkWorkloadPorts(ports: WrittenWorkload['ports'] = {}, at: Pointer, { report }: CheckInput): void {
  for (const name of Object.keys(ports)) {
    if (!isDnsLabel(name)) report.add('NAME_INVALID', at.to(name), `"${name}" is no name of a port`, 'key');
  }
}

/** A weight of 0 is "not set", which counts as 1. */
export function parseWorkload(workload: WrittenWorkload): WorkloadSpec {
  const {
    address = '',
    ports = {},
    labels = {},
    network = '',
    locality = '',
    weight = 0,
    serviceAccount = '',
  } = workload;
  return { address, ports, labels, network, locality, weight: weight || 1, serviceAccount };
}
