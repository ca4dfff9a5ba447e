import { listSecretDemands } from '../../compile/secret/demand.ts';
import { compileSecrets } from '../../compile/secret/secrets.ts';
import type { RouterScope } from '../../model/router-scope.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import { SECRET_TYPE } from '../../xds/type-url.ts';
import type { Layer, ViewQuestion } from './layer.ts';
import { NOTHING } from './layer.ts';

/** The secrets that a scope's listeners and clusters name, for proxies that private keys may travel to; nothing for others. */
export function secretLayer(question: ViewQuestion, scope: SidecarScope | RouterScope, slot: string): Layer {
  const { mayHoldSecrets, proxyClass, parts, cache } = question;
  if (!mayHoldSecrets) return { typeUrl: SECRET_TYPE, slot: 'none', compiled: NOTHING };
  const demands = cache.call(listSecretDemands, scope, cache);
  const { credentials } = parts.snapshot;
  const compiled = cache.call(compileSecrets, proxyClass.namespace, demands, credentials, cache);
  return { typeUrl: SECRET_TYPE, slot, compiled };
}
