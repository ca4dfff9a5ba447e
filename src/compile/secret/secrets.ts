import { configMapCredentialName } from '../../model/credentials.ts';
import { keyOf } from '../../model/object.ts';
import type { Credential, Snapshot } from '../../model/snapshot.ts';
import type { CompileCache } from '../cache.ts';
import { type CompileNote, listDistinctNotes } from '../note.ts';
import type { CompiledResource } from '../resource.ts';
import { CA_SUFFIX } from '../sds.ts';
import type { SecretDemand } from './demand.ts';
import { compileSecret, type SecretRole } from './secret.ts';

/**
 * Compiles the secrets that the proxies of a namespace ask for. What is missing, or is not theirs to have, is left out: Envoy waits for it, and
 * the object that names it is told.
 * @param demands what `listSecretDemands` found in the proxies' scope.
 * @see istio pilot/pkg/xds/sds.go `Generate`
 */
export function compileSecrets(
  namespace: string,
  demands: readonly SecretDemand[],
  credentials: Snapshot['credentials'],
  cache: CompileCache,
): { readonly resources: readonly CompiledResource[]; readonly notes: readonly CompileNote[] } {
  const resources = new Map<string, CompiledResource>();
  const notes: CompileNote[] = [];
  for (const demand of demands) {
    const found = findSecret(namespace, demand, credentials, cache);
    if (found === undefined) notes.push(noteMissing(namespace, demand));
    else if (!resources.has(demand.name)) resources.set(demand.name, found);
  }
  return { resources: [...resources.values()], notes: listDistinctNotes(notes) };
}

function findSecret(
  proxyNamespace: string,
  { name, role, by, lends = true }: SecretDemand,
  credentials: Snapshot['credentials'],
  cache: CompileCache,
): CompiledResource | undefined {
  const place = parsePlace(name, proxyNamespace);
  if (place === undefined || !mayFetch(place, proxyNamespace, lends ? by.namespace : proxyNamespace)) return undefined;
  for (const candidate of listCandidates(place, role)) {
    const credential: Credential | undefined = credentials.get(place.namespace)?.get(candidate);
    const secret = credential && cache.call(compileSecret, name, role, credential);
    if (secret !== undefined) return secret;
  }
  return undefined;
}

/** Where a credential lies, by its SDS name. */
interface Place {
  readonly scheme: string;
  readonly namespace: string;
  readonly name: string;
}

function parsePlace(sdsName: string, proxyNamespace: string): Place | undefined {
  const [, scheme, first, second] = /^([a-z-]+):\/\/([^/]+)(?:\/([^/]+))?$/.exec(sdsName) ?? [];
  if (scheme === undefined || first === undefined) return undefined;
  return second === undefined
    ? { scheme, namespace: proxyNamespace, name: first }
    : { scheme, namespace: first, name: second };
}

/** Secrets stay in their namespace, unless a Gateway of that namespace hands them out; ConfigMaps are no secret. */
function mayFetch({ scheme, namespace }: Place, proxyNamespace: string, demandNamespace: string): boolean {
  switch (scheme) {
    case 'kubernetes':
      return namespace === proxyNamespace;
    case 'kubernetes-gateway':
      return namespace === proxyNamespace || namespace === demandNamespace;
    default:
      return scheme === 'configmap';
  }
}

/** Roots lie in a Secret of their own, or beside the certificate they belong to. Who says ConfigMap never gets a Secret of that name. */
function listCandidates({ scheme, name }: Place, role: SecretRole): readonly string[] {
  const isSuffixed = role === 'roots' && name.endsWith(CA_SUFFIX);
  const names = isSuffixed ? [name, name.slice(0, -CA_SUFFIX.length)] : [name];
  return scheme === 'configmap' ? names.map(configMapCredentialName) : names;
}

const CONTENT = {
  certificate: 'a certificate and its key',
  roots: 'root certificates',
} as const satisfies Record<SecretRole, string>;

function noteMissing(namespace: string, { name, role, by }: SecretDemand): CompileNote {
  const message = `no credential with ${CONTENT[role]} is found by the name ${name} for proxies of namespace "${namespace}"`;
  return {
    object: keyOf(by),
    code: 'CREDENTIAL_MISSING',
    message,
    fate: { kind: 'partly-applied', because: message },
  };
}
