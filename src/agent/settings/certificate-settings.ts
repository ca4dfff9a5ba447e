import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { KeyKind } from '../identity/workload-key.ts';
import type { EnvironmentReader } from './environment.ts';
import { readKeyKind } from './environment-parts.ts';
import { settingFault } from './fault.ts';

/** A certificate and its key in files. */
export interface CertificateFiles {
  readonly chain: string;
  readonly key: string;
}

/** Where the workload's certificate comes from, and what it is like. */
export interface CertificateSettings {
  /**
   * `ca`: this agent asks for it. `files`: somebody else puts it into the pod, and Envoy asks for it by the usual names.
   * `named`: the same, but the control plane names each file.
   */
  readonly source: 'ca' | 'files' | 'named';
  /** The files of the source `files`. */
  readonly mounted: (CertificateFiles & { readonly root: string }) | undefined;
  /** What proves to the control plane who this is, where it is there and has not expired: else the token does. */
  readonly client: CertificateFiles | undefined;
  readonly spiffeId: string;
  readonly keyKind: KeyKind;
  readonly isPkcs8: boolean;
  readonly ttlSeconds: number;
  readonly certSigner: string | undefined;
  readonly graceRatio: number;
  readonly graceJitter: number;
  /** Where certificates are written too; absent, nowhere. */
  readonly outputFolder: string | undefined;
  /** Who may read them there. */
  readonly outputMode: number;
}

/** Where platforms put certificates of their own, the first first. @see istio pkg/security/security.go */
const MOUNTED_FOLDERS = ['./var/run/secrets/workload-spiffe-credentials', './etc/certs'];

/** @throws Fault AGENT_SETTING */
export async function readCertificateSettings(env: EnvironmentReader, spiffeId: string): Promise<CertificateSettings> {
  const isNamed = env.boolean('FILE_MOUNTED_CERTS', false);
  const mounted = isNamed ? undefined : await findMounted();
  const outputFolder = env.text('OUTPUT_CERTS');
  const clientFolder = env.text('PROV_CERT') ?? outputFolder;
  return {
    source: isNamed ? 'named' : mounted === undefined ? 'ca' : 'files',
    mounted,
    client: isNamed
      ? readNamedClient(env)
      : (mounted ?? (clientFolder === undefined ? undefined : toFiles(clientFolder))),
    spiffeId,
    keyKind: readKeyKind(env),
    isPkcs8: env.boolean('PKCS8_KEY', false),
    ttlSeconds: Math.round(env.duration('SECRET_TTL', 24 * 3_600_000) / 1000),
    certSigner: env.text('ISTIO_META_CERT_SIGNER'),
    graceRatio: env.ratio('SECRET_GRACE_PERIOD_RATIO', 0.5),
    graceJitter: env.ratio('SECRET_GRACE_PERIOD_RATIO_JITTER', 0.01),
    outputFolder,
    // In a pod it is for the application, which is another user.
    outputMode: env.text('KUBERNETES_SERVICE_HOST') === undefined ? 0o600 : 0o644,
  };
}

/** All three files, or none: half a set is somebody else's, or not there yet. */
async function findMounted(): Promise<CertificateSettings['mounted']> {
  for (const folder of MOUNTED_FOLDERS) {
    const files = { ...toFiles(folder), root: path.join(folder, 'root-cert.pem') };
    const found = await Promise.all(Object.values(files).map((file) => stat(file).catch(() => undefined)));
    if (found.every((stats) => stats !== undefined)) return files;
  }
  return undefined;
}

function toFiles(folder: string): CertificateFiles {
  return { chain: path.join(folder, 'cert-chain.pem'), key: path.join(folder, 'key.pem') };
}

function readNamedClient(env: EnvironmentReader): CertificateFiles {
  const [chain, key] = ['TLS_CLIENT_CERT_CHAIN', 'TLS_CLIENT_KEY'].map((name) => env.text(`ISTIO_META_${name}`));
  if (chain !== undefined && key !== undefined) return { chain, key };
  throw settingFault(
    'AGENT_SETTING',
    'FILE_MOUNTED_CERTS needs ISTIO_META_TLS_CLIENT_CERT_CHAIN and ISTIO_META_TLS_CLIENT_KEY',
  );
}
