import { listSecretDemands } from '../../compile/secret/demand.ts';
import { internList } from '../../compile/list.ts';
import { listPatchSecretDemands } from '../../compile/secret/patch-demand.ts';
import { compileSecrets } from '../../compile/secret/secrets.ts';
import type { RouterScope } from '../../model/router-scope.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import { SECRET_TYPE } from '../../xds/type-url.ts';
import type { Layer, ViewQuestion } from './layer.ts';
import { NOTHING } from './layer.ts';
import { patchesFor } from './patch-layers.ts';

/** The secrets that a scope's listeners and clusters name, by themselves or by patches, for proxies that private keys may travel to; nothing for others. */
export function secretLayer(question: ViewQuestion, scope: SidecarScope | RouterScope, slot: string): Layer {
  const { mayHoldSecrets, proxyClass, parts, cache } = question;
  if (!mayHoldSecrets) return { typeUrl: SECRET_TYPE, slot: 'none', compiled: NOTHING };
  const { credentials, envoyFilters } = parts.snapshot;
  const patched = patchesFor(question);
  const named = cache.call(listPatchSecretDemands, patched.patches, envoyFilters);
  const own = cache.call(listSecretDemands, scope, cache);
  const demands = named.length === 0 ? own : internList(cache, [...own, ...named]);
  const compiled = cache.call(compileSecrets, proxyClass.namespace, demands, credentials, cache);
  return { typeUrl: SECRET_TYPE, slot: named.length === 0 ? slot : `${slot} ${patched.slot}`, compiled };
}
