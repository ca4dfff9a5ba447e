import { compileNameTable } from '../../compile/dns/name-table.ts';
import { NAME_TABLE_TYPE } from '../../xds/type-url.ts';
import { identityOf } from '../proxy/interned.ts';
import { endpointsFor } from './endpoint-needs.ts';
import type { LazyLayer, ViewQuestion } from './layer.ts';
import { routerScopeOf } from './router-scopes.ts';
import { nameOf, sidecarOf, sidecarScopeOf } from './scopes.ts';

/** What only agents ask for: the names of the mesh, for those that answer DNS. */
export function listLazyLayers(question: ViewQuestion): readonly LazyLayer[] {
  return [{ typeUrl: NAME_TABLE_TYPE, toLayer: () => nameLayer(question) }];
}

function nameLayer(question: ViewQuestion) {
  const { proxyClass, parts, cache } = question;
  const { scope, slot } = scopeOf(question);
  const endpoints = endpointsFor(scope, parts.snapshot.endpoints);
  return {
    typeUrl: NAME_TABLE_TYPE,
    slot,
    compiled: cache.call(compileNameTable, scope, proxyClass, endpoints, cache),
  };
}

function scopeOf(question: ViewQuestion) {
  if (question.proxyClass.type === 'router') return routerScopeOf(question);
  const sidecar = sidecarOf(question);
  const slot = `outbound ${identityOf(question.proxyClass)} ${nameOf(sidecar)}`;
  return { scope: sidecarScopeOf(question, sidecar), slot };
}
