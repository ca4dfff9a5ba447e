import type { ClientTls } from '../../model/traffic-policy.ts';
import { compareText, keyOf } from '../../model/object.ts';
import { sniClusterName } from '../names.ts';
import type { NoteCode } from '../note-codes.ts';
import type { CompileNote } from '../note.ts';
import { NO_NOTES } from '../note.ts';
import type { ClusterPlan } from './plan.ts';

/** TLS settings by which a proxy originates TLS for its application. */
export type OriginatedTls = ClientTls & { readonly mode: 'simple' | 'mutual' };

/** How a client secures its connections. `automatic` mTLS is for endpoints that can; the other kinds are for all. */
export type ClientSecurity =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'mesh';
      readonly automatic: boolean;
      readonly sni: string;
      readonly subjectAltNames: readonly string[];
    }
  | {
      readonly kind: 'originated';
      readonly tls: OriginatedTls;
      /** Names to verify, the service's own where the rule gives none. */
      readonly subjectAltNames: readonly string[];
    };

interface Found {
  readonly security: ClientSecurity;
  readonly notes: readonly CompileNote[];
}

const NONE: Found = { security: { kind: 'none' }, notes: NO_NOTES };

/**
 * Decides how the connections of a cluster are secured: what its rule demands, as far as this proxy can, else mTLS where both ends can.
 * @see istio pilot/pkg/networking/core/cluster_tls.go `buildUpstreamTLSSettings`
 */
export function findClientSecurity(plan: ClusterPlan): Found {
  const { tls } = plan.policy;
  if (tls === undefined) return plan.autoMtls ? found(compileAutomatic(plan)) : NONE;
  switch (tls.mode) {
    case 'disable':
      return NONE;
    case 'simple':
      return originate(plan, tls);
    case 'mutual':
      return originate(plan, replaceIdentity(plan, tls) ?? tls);
    case 'istio-mutual':
      return demandMesh(plan, tls);
  }
}

/** Files in the proxy's metadata are for all endpoints, as in Istio: nothing tells which of them take such a certificate. */
function compileAutomatic(plan: ClusterPlan): ClientSecurity {
  const { accounts, settings } = plan;
  const sni = defaultSni(plan);
  if (settings.clientCertificate === undefined) {
    return { kind: 'mesh', automatic: true, sni, subjectAltNames: accounts };
  }
  const tls = withProxyFiles(settings.clientCertificate, sni, accounts);
  return { kind: 'originated', tls, subjectAltNames: accounts };
}

function demandMesh(plan: ClusterPlan, tls: ClientTls & { readonly mode: 'istio-mutual' }): Found {
  const replaced = replaceIdentity(plan, tls);
  if (replaced !== undefined) return originate(plan, replaced);
  if (plan.settings.identity === 'none') {
    return refuse(
      plan,
      'DR_MTLS_WITHOUT_IDENTITY',
      `ISTIO_MUTUAL for ${plan.service.hostname} is not possible from a proxy that has no certificate: it sends plaintext`,
    );
  }
  const subjectAltNames = tls.subjectAltNames.length > 0 ? tls.subjectAltNames : plan.accounts;
  return found({ kind: 'mesh', automatic: false, sni: tls.sni || defaultSni(plan), subjectAltNames });
}

/** Certificate files in a proxy's metadata stand for the mesh identity, except towards strangers, for whom the rule's own are meant. */
function replaceIdentity(
  { settings, service }: ClusterPlan,
  { sni = '', subjectAltNames }: { readonly sni?: string; readonly subjectAltNames: readonly string[] },
): OriginatedTls | undefined {
  if (settings.clientCertificate === undefined || service.external) return undefined;
  return withProxyFiles(settings.clientCertificate, sni, subjectAltNames);
}

function withProxyFiles(
  { chain, key, root }: NonNullable<ClusterPlan['settings']['clientCertificate']>,
  sni: string,
  subjectAltNames: readonly string[],
): OriginatedTls {
  return {
    mode: 'mutual',
    sni,
    subjectAltNames,
    clientCertificate: chain,
    privateKey: key,
    caCertificates: root,
    insecureSkipVerify: false,
  };
}

/** TLS that the rule describes, as far as this proxy may have what it names. */
function originate(plan: ClusterPlan, tls: OriginatedTls): Found {
  if (isPrivateCredential(tls) && !mayFetchCredentials(plan)) {
    return refuse(
      plan,
      'DR_CREDENTIAL_IGNORED',
      `credentialName "${tls.credentialName}" is for gateways, and for sidecars that a workloadSelector names: others send plaintext`,
    );
  }
  if (tls.mode === 'mutual' && !tls.credentialName && (!tls.clientCertificate || !tls.privateKey)) {
    return refuse(
      plan,
      'DR_CLIENT_CERTIFICATE_MISSING',
      'MUTUAL needs clientCertificate and privateKey, or a credentialName: without them plaintext is sent',
    );
  }
  const { registry, subjectAltNames: declared } = plan.service;
  const ownNames = registry === 'external' ? [...declared].sort(compareText) : [];
  const subjectAltNames = tls.subjectAltNames.length > 0 ? tls.subjectAltNames : ownNames;
  return found({ kind: 'originated', tls, subjectAltNames });
}

/** ConfigMaps hold roots only, which are no secret; `invalid://` is there to fail. */
function isPrivateCredential({ credentialName }: OriginatedTls): boolean {
  return !!credentialName && !credentialName.startsWith('configmap://') && !credentialName.startsWith('invalid://');
}

/** A rule for every sidecar would hold up all those that may not read the Secret. */
function mayFetchCredentials({ settings, rule }: ClusterPlan): boolean {
  return settings.type === 'router' || rule?.sources[0].workloadSelector !== undefined;
}

/** The name that in-mesh TLS asks for, by which AUTO_PASSTHROUGH gateways find the cluster. */
function defaultSni({ service, port, subset }: ClusterPlan): string {
  return sniClusterName(service.hostname, port.number, subset);
}

function found(security: ClientSecurity): Found {
  return { security, notes: NO_NOTES };
}

/** A demand that cannot be met sends plaintext, as Istio does; unlike there, whoever wrote the rule is told. */
function refuse({ rule }: ClusterPlan, code: NoteCode, message: string): Found {
  if (rule === undefined) return NONE;
  const note: CompileNote = {
    object: keyOf(rule.sources[0].meta),
    code,
    message,
    fate: { kind: 'partly-applied', because: message },
  };
  return { security: NONE.security, notes: [note] };
}
