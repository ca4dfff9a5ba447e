import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { load } from 'js-yaml';
import type { KubeConnection } from './connection.ts';
import { configFault } from './fault.ts';
import { type Cluster, isKubeconfig, type Kubeconfig, type User } from './kubeconfig-schema.ts';
import { createPluginCredentials } from './plugin-credentials.ts';
import { createTokenFile } from './token-file.ts';

/**
 * Reads kubeconfigs as kubectl does: several files are one, in which the first mention of a name counts; paths in a file start at the file.
 *
 * @throws Fault `KUBE_CONFIG` when a file cannot be read or a name leads nowhere.
 */
export async function loadKubeconfig(paths: readonly string[], context?: string): Promise<KubeConnection> {
  const merged = merge(await Promise.all(paths.map(readKubeconfig)));
  const where = paths.join(', ');
  return connect(merged, { where, context: context ?? merged['current-context'] ?? '' });
}

/**
 * The connection of a kubeconfig's text, as secrets of remote clusters hold it. It may name no files and run no programs: whoever wrote it
 * would read and run them with our rights.
 *
 * @throws Fault `KUBE_CONFIG`.
 */
export async function parseRemoteKubeconfig(text: string, where: string): Promise<KubeConnection> {
  const config = parseKubeconfig(text, where);
  for (const { user } of config.users ?? []) {
    const refused = ['exec', 'auth-provider', 'tokenFile', 'client-certificate', 'client-key'].filter(
      (field) => field in (user ?? {}),
    );
    if (refused.length > 0) throw configFault(`${where}: ${refused.join(', ')} is not allowed here`);
  }
  for (const { cluster } of config.clusters ?? []) {
    if (cluster?.['certificate-authority'] !== undefined)
      throw configFault(`${where}: certificate-authority is not allowed here; certificate-authority-data is`);
  }
  return connect(config, { where, context: config['current-context'] ?? '' });
}

function parseKubeconfig(text: string, where: string): Kubeconfig {
  let value: unknown;
  try {
    value = load(text);
  } catch (error) {
    throw configFault(`${where} is no YAML`, error);
  }
  if (!isKubeconfig(value)) throw configFault(`${where} is no kubeconfig`);
  return value;
}

async function readKubeconfig(path: string): Promise<Kubeconfig> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw configFault(`${path} cannot be read`, error);
  });
  return withPathsFrom(dirname(path), parseKubeconfig(text, path));
}

/** Makes the paths in a file absolute. */
function withPathsFrom(directory: string, config: Kubeconfig): Kubeconfig {
  const absolute = <T extends object>(settings: T, fields: readonly string[]): T => {
    const moved = Object.entries(settings).map(([field, value]) => [
      field,
      fields.includes(field) && typeof value === 'string' ? resolve(directory, value) : value,
    ]);
    return { ...settings, ...Object.fromEntries(moved) };
  };
  return {
    ...config,
    clusters: (config.clusters ?? []).map((entry) => ({
      ...entry,
      cluster: absolute(entry.cluster ?? {}, ['certificate-authority']),
    })),
    users: (config.users ?? []).map((entry) => ({
      ...entry,
      user: absolute(entry.user ?? {}, ['client-certificate', 'client-key', 'tokenFile']),
    })),
  };
}

function merge(configs: readonly Kubeconfig[]): Kubeconfig {
  const current = configs.map((config) => config['current-context']).find((name) => name !== undefined && name !== '');
  return {
    ...(current !== undefined && { 'current-context': current }),
    clusters: configs.flatMap(({ clusters }) => clusters ?? []),
    users: configs.flatMap(({ users }) => users ?? []),
    contexts: configs.flatMap(({ contexts }) => contexts ?? []),
  };
}

interface Choice {
  readonly where: string;
  readonly context: string;
}

async function connect(config: Kubeconfig, { where, context: name }: Choice): Promise<KubeConnection> {
  const context = config.contexts?.find((entry) => entry.name === name)?.context;
  if (context === undefined) throw configFault(`${where} has no context "${name}"`);
  const cluster = config.clusters?.find((entry) => entry.name === context.cluster)?.cluster;
  if (cluster?.server === undefined) throw configFault(`${where} has no server for the cluster of context "${name}"`);
  const user = config.users?.find((entry) => entry.name === context.user)?.user ?? {};
  try {
    return {
      server: cluster.server.replace(/\/+$/, ''),
      namespace: context.namespace ?? 'default',
      ...(await toTrust(cluster)),
      ...(await toIdentity(config, { context: name, user })),
      ...(user.as !== undefined && { headers: { 'Impersonate-User': user.as } }),
    };
  } catch (error) {
    throw configFault(`${where}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

async function toTrust(cluster: Cluster): Promise<Pick<KubeConnection, 'ca' | 'tlsServerName' | 'insecure'>> {
  const ca = await readPem(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const tlsServerName = cluster['tls-server-name'];
  return {
    ...(ca !== undefined && { ca }),
    ...(tlsServerName !== undefined && { tlsServerName }),
    ...(cluster['insecure-skip-tls-verify'] === true && { insecure: true }),
  };
}

type Identity = Pick<KubeConnection, 'token' | 'cert' | 'key' | 'credentials'>;

async function toIdentity(
  config: Kubeconfig,
  { user, context }: { readonly user: User; readonly context: string },
): Promise<Identity> {
  if (user.exec !== undefined || user['auth-provider'] !== undefined)
    return { credentials: createPluginCredentials(config, context) };
  const cert = await readPem(user['client-certificate-data'], user['client-certificate']);
  const key = await readPem(user['client-key-data'], user['client-key']);
  const { token, tokenFile, username, password = '' } = user;
  if (username !== undefined) {
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return { credentials: async () => ({ authorization }) };
  }
  return {
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tokenFile !== undefined && { token: createTokenFile(tokenFile) }),
    ...(tokenFile === undefined && token !== undefined && { token: async () => token }),
  };
}

async function readPem(inline: string | undefined, path: string | undefined): Promise<string | undefined> {
  if (inline !== undefined && inline !== '') return Buffer.from(inline, 'base64').toString('utf8');
  return path === undefined || path === '' ? undefined : readFile(path, 'utf8');
}
