import { isGiven, isJsonList, isJsonObject, type JsonObject, textAt, valueAt } from '../json.ts';
import { sortFields } from '../mesh-settings.ts';
import { ANNOTATION } from '../names.ts';
import type { TemplateInput } from '../template-input.ts';
import { parseObject } from './annotated-json.ts';
import { findAnnotation, globalText, globalValue } from './setting.ts';

type Entries = readonly JsonObject[];

function mount(name: string, mountPath: string): JsonObject {
  return { name, mountPath };
}

function onlyIf(condition: boolean, ...entries: Entries): Entries {
  return condition ? entries : [];
}

function usesGke(input: TemplateInput): boolean {
  return globalText(input, 'caName') === 'GkeWorkloadCertificate';
}

function trustsControlPlane(input: TemplateInput): boolean {
  return globalText(input, 'pilotCertProvider') === 'istiod';
}

function mountsCertificates(input: TemplateInput): boolean {
  return isGiven(globalValue(input, 'mountMtlsCerts'));
}

function hasBootstrap(input: TemplateInput): boolean {
  return findAnnotation(input, ANNOTATION.bootstrapOverride) !== undefined;
}

/** Where certificates are that somebody else issues. */
export function toCertificateMount(input: TemplateInput): JsonObject {
  const mountPath = '/var/run/secrets/workload-spiffe-credentials';
  return usesGke(input)
    ? { name: 'gke-workload-certificate', mountPath, readOnly: true }
    : mount('workload-certs', mountPath);
}

/** What differs between the kinds of proxies. */
export interface MountChoice {
  /** The volume with the socket between agent and proxy. */
  readonly sockets: 'istio-envoy' | 'istio-xds';
  readonly credentialSocket: boolean;
  readonly revocations: boolean;
  readonly bootstrap: boolean;
}

/** What a proxy's container mounts. */
export function toProxyMounts(input: TemplateInput, choice: MountChoice): Entries {
  const trusts = trustsControlPlane(input);
  return [
    mount('workload-socket', '/var/run/secrets/workload-spiffe-uds'),
    ...onlyIf(choice.credentialSocket, mount('credential-socket', '/var/run/secrets/credential-uds')),
    toCertificateMount(input),
    ...onlyIf(trusts, mount('istiod-ca-cert', '/var/run/secrets/istio')),
    ...onlyIf(trusts && choice.revocations, mount('istio-ca-crl', '/var/run/secrets/istio/crl')),
    mount('istio-data', '/var/lib/istio/data'),
    ...onlyIf(choice.bootstrap && hasBootstrap(input), mount('custom-bootstrap-volume', '/etc/istio/custom-bootstrap')),
    mount(choice.sockets, '/etc/istio/proxy'),
    mount('istio-token', '/var/run/secrets/tokens'),
    ...onlyIf(mountsCertificates(input), { ...mount('istio-certs', '/etc/certs/'), readOnly: true }),
    mount('istio-podinfo', '/etc/istio/pod'),
  ];
}

/** What the pod's annotation has the proxy mount as well. */
export function toUserMounts(input: TemplateInput): Entries {
  return toUserEntries(input, ANNOTATION.userVolumeMount);
}

/** The authority of a tracing backend. */
export function toLightstepMount(input: TemplateInput): Entries {
  const file = textAt(input.proxyConfig, 'tracing', 'tlsSettings', 'caCertificates');
  const mountPath = file.slice(0, file.lastIndexOf('/') + 1);
  return onlyIf(usesLightstep(input), { name: 'lightstep-certs', mountPath, readOnly: true });
}

/** The authority of a tracing backend. */
export function toLightstepVolume(input: TemplateInput): Entries {
  const secret = { optional: true, secretName: 'lightstep.cacert' };
  return onlyIf(usesLightstep(input), { name: 'lightstep-certs', secret });
}

function usesLightstep(input: TemplateInput): boolean {
  const tls = valueAt(input.proxyConfig, 'tracing', 'tlsSettings');
  return globalText(input, 'proxy', 'tracer') === 'lightstep' && isJsonObject(tls);
}

/** What the pod's annotation has the pod carry as well. */
export function toUserVolumes(input: TemplateInput): Entries {
  return toUserEntries(input, ANNOTATION.userVolume);
}

/** Entries that an annotation spells out by name. */
function toUserEntries(input: TemplateInput, annotation: string): Entries {
  const written = findAnnotation(input, annotation);
  if (written === undefined) return [];
  const entries = Object.entries(sortFields(parseObject(written)));
  return entries.map(([name, value]) => ({ ...(isJsonObject(value) && value), name }));
}

/** Where sockets of certificates' issuers are, and the certificates. */
export function toIdentityVolumes(input: TemplateInput, credentialSocket: boolean): Entries {
  const csi = { driver: 'workloadcertificates.security.cloud.google.com' };
  return [
    { name: 'workload-socket', emptyDir: {} },
    ...onlyIf(credentialSocket, { name: 'credential-socket', emptyDir: {} }),
    usesGke(input) ? { name: 'gke-workload-certificate', csi } : { name: 'workload-certs', emptyDir: {} },
  ];
}

/** What a proxy needs to be started, to know itself and to prove it. */
export function toProxyVolumes(input: TemplateInput, sockets: MountChoice['sockets']): Entries {
  const bootstrap = findAnnotation(input, ANNOTATION.bootstrapOverride);
  const audience = globalText(input, 'sds', 'token', 'aud');
  const serviceAccountToken = { path: 'istio-token', expirationSeconds: 43_200, audience };
  return [
    ...(bootstrap === undefined ? [] : [{ name: 'custom-bootstrap-volume', configMap: { name: bootstrap } }]),
    { name: sockets, emptyDir: { medium: 'Memory' } },
    { name: 'istio-data', emptyDir: {} },
    { name: 'istio-podinfo', downwardAPI: { items: [toPodField('labels'), toPodField('annotations')] } },
    { name: 'istio-token', projected: { sources: [{ serviceAccountToken }] } },
    ...onlyIf(trustsControlPlane(input), { name: 'istiod-ca-cert', ...toRootSource(input) }),
  ];
}

function toPodField(name: string): JsonObject {
  return { path: name, fieldRef: { fieldPath: `metadata.${name}` } };
}

function toRootSource(input: TemplateInput): JsonObject {
  const bundle = globalText(input, 'trustBundleName');
  const isCluster = valueAt(input.values, 'pilot', 'env', 'ENABLE_CLUSTER_TRUST_BUNDLE_API') === true;
  if (!isCluster) return { configMap: { name: bundle || 'istio-ca-root-cert' } };
  const name = `istio.io:istiod-ca:${bundle || 'root-cert'}`;
  return { projected: { sources: [{ clusterTrustBundle: { name, path: 'root-cert.pem' } }] } };
}

/** Certificates that are no longer good. */
export function toRevocationVolume({ values }: TemplateInput): JsonObject {
  const name = textAt(values, 'pilot', 'crlConfigMapName') || 'istio-ca-crl';
  return { name: 'istio-ca-crl', configMap: { name, optional: true } };
}

/** Certificates that were made for the pod's service account. */
export function toMountedCertificates(input: TemplateInput): Entries {
  const account = textAt(input.pod, 'spec', 'serviceAccountName') || 'default';
  const secret = { optional: true, secretName: `istio.${account}` };
  return onlyIf(mountsCertificates(input), { name: 'istio-certs', secret });
}

/** Secrets for the registry of the proxy's image. */
export function toPullSecrets(input: TemplateInput): JsonObject {
  const names = globalValue(input, 'imagePullSecrets');
  const texts = isJsonList(names) ? names.filter((name) => typeof name === 'string') : [];
  return texts.length > 0 ? { imagePullSecrets: texts.map((name) => ({ name })) } : {};
}
