import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { crypto } from './builtin.ts';
import type { Metadata } from './grpc/call.ts';
import type { ChannelTarget } from './grpc/channel.ts';
import type { CertificateFiles } from './settings/certificate-settings.ts';
import { settingFault } from './settings/fault.ts';
import type { ServerSettings, TlsSettings } from './settings/server-settings.ts';

/** Headers by which the control plane and the CA know who calls. */
export function toCredentials(server: ServerSettings, clusterId: string, token: string | undefined): Metadata {
  return {
    ...server.headers,
    clusterid: clusterId,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
}

/** What a channel to a server is made with: roots, and the certificate that proves who this is where there is no token. */
export interface TargetFiles {
  readonly roots: string | undefined;
  readonly client: { readonly chainPem: string; readonly keyPem: string } | undefined;
}

/** Reads what the next connection needs. @throws Fault AGENT_SETTING when there is no file with roots */
export async function readTargetFiles(
  server: ServerSettings,
  client: CertificateFiles | undefined,
): Promise<TargetFiles> {
  if (server.tls === undefined) return { roots: undefined, client: undefined };
  const roots = await readRoots(server.tls);
  return { roots, client: client === undefined ? undefined : await readClient(client) };
}

/** Where a channel leads. */
export function toTarget({ address, tls }: ServerSettings, { roots, client }: TargetFiles): ChannelTarget {
  if (tls === undefined) return { address };
  const own = client === undefined ? {} : { cert: client.chainPem, key: client.keyPem };
  return { address, tls: { serverName: tls.serverName, ca: roots, ...own } };
}

async function readRoots({ roots }: TlsSettings): Promise<string> {
  if (roots === 'system') return rootCertificates.join('\n');
  for (const file of roots) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw settingFault(
    'AGENT_SETTING',
    `no root certificate to know the control plane by: none of ${roots.join(', ')} is there`,
  );
}

async function readClient({ chain, key }: CertificateFiles): Promise<TargetFiles['client']> {
  try {
    const [chainPem, keyPem] = await Promise.all([readFile(chain, 'utf8'), readFile(key, 'utf8')]);
    const hasExpired = new crypto.X509Certificate(chainPem).validToDate.getTime() < Date.now();
    return hasExpired ? undefined : { chainPem, keyPem };
  } catch {
    // Before the first certificate there is none, and the token proves who this is.
    return undefined;
  }
}
