import type { Kind } from './define-kind.ts';
import { configMap } from './kinds/config-map.ts';
import { endpointSlice } from './kinds/endpoint-slice.ts';
import { namespace } from './kinds/namespace.ts';
import { pod } from './kinds/pod.ts';
import { secret } from './kinds/secret.ts';
import { service } from './kinds/service.ts';
import type { KindName } from './parsed-object.ts';

/** Every kind that is read, by name. */
export const KINDS: Readonly<Partial<Record<KindName, Kind>>> = {
  Namespace: namespace,
  Service: service,
  EndpointSlice: endpointSlice,
  Pod: pod,
  Secret: secret,
  ConfigMap: configMap,
};
