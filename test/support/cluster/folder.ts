import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ClusterKeys } from './keys.ts';

/** A user that the cluster knows by a static token, `<name>-token`. */
export interface ClusterUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** The token of `system:masters`, in every cluster. */
export const ADMIN_TOKEN = 'admintoken';

export function tokenOf(user: string): string {
  return `${user}-token`;
}

export interface FolderContent {
  readonly url: string;
  readonly keys: ClusterKeys;
  readonly users: readonly ClusterUser[];
}

/** Writes what the API server and kubectl read, and gives the flags that name it. */
export async function fillFolder(dir: string, { url, keys, users }: FolderContent): Promise<readonly string[]> {
  const file = (name: string) => path.join(dir, name);
  await mkdir(file('etcd'), { mode: 0o700 });
  await Promise.all([
    writeFile(file('ca.crt'), keys.ca.cert),
    writeFile(file('server.crt'), keys.server.cert),
    writeFile(file('server.key'), keys.server.key, { mode: 0o600 }),
    writeFile(file('service-account.key'), keys.serviceAccountKey, { mode: 0o600 }),
    writeFile(file('tokens.csv'), formatTokens(users), { mode: 0o600 }),
    writeFile(file('kubeconfig'), formatKubeconfig(url, keys.ca.cert), { mode: 0o600 }),
  ]);
  return [
    `--tls-cert-file=${file('server.crt')}`,
    `--tls-private-key-file=${file('server.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    `--service-account-key-file=${file('service-account.key')}`,
    `--service-account-signing-key-file=${file('service-account.key')}`,
    `--token-auth-file=${file('tokens.csv')}`,
  ];
}

function formatTokens(users: readonly ClusterUser[]): string {
  const rows = users.map(({ name, groups = [] }) => `${tokenOf(name)},${name},${name},"${groups.join(',')}"`);
  return [`${ADMIN_TOKEN},admin,admin,"system:masters"`, ...rows, ''].join('\n');
}

/** JSON is YAML: nothing to escape. */
export function formatKubeconfig(server: string, ca: string, token = ADMIN_TOKEN): string {
  const name = 'test';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
