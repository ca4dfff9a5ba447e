import type { Static } from 'typebox';
import { resolveHost } from '../../model/host.ts';
import type { Destination } from '../../model/virtual-service.ts';
import type { ParseInput } from '../define-kind.ts';
import { present } from '../present.ts';
import { object, text, whole } from '../schema/fields.ts';

/** A port by its number. */
export const PORT_SELECTOR = object('A port of the service.', {
  required: { number: whole('Number of the port.', { minimum: 1, maximum: 65535 }) },
  optional: {},
});

/** Where traffic goes. */
export const DESTINATION = object('Where traffic goes.', {
  required: {
    host: text(
      'Host of the registry: a service of Kubernetes or of a ServiceEntry. A name without a dot is a service of the same namespace.',
      { format: 'service-host' },
    ),
  },
  optional: {
    subset: text("Subset that the host's DestinationRule names.", {
      format: 'dns-label-or-empty',
      absent: 'all workloads',
    }),
    port: PORT_SELECTOR,
  },
});

export type WrittenDestination = Static<typeof DESTINATION>;

/** Host names become full names; an empty subset is none. */
export function parseDestination(
  { host, subset, port }: WrittenDestination,
  { meta, context }: ParseInput,
): Destination {
  return {
    host: resolveHost(host, meta.namespace, context.domainSuffix),
    ...present({ port: port?.number, subset: subset || undefined }),
  };
}
