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
export function parseRemoteKubeconfig(text: string, where: string): KubeConnection {
  const config = parseKubeconfig(text, where);
  const settings = [
    ...(config.users ?? []).map(({ user = {} }) => user),
    ...(config.clusters ?? []).map(({ cluster = {} }) => cluster),
  ];
  const refused = settings.flatMap((fields) => Object.keys(fields)).filter((field) => REFUSED.has(field));
  if (refused.length > 0) throw configFault(`${where}: ${[...new Set(refused)].join(', ')} is not allowed here`);
  return connect(config, { where, context: config['current-context'] ?? '' });
}

/** What reaches beyond the text. @see istio pkg/kube/multicluster `sanitizeKubeConfig` */
const REFUSED: ReadonlySet<string> = new Set([
  'exec',
  'auth-provider',
  'tokenFile',
  'client-certificate',
  'client-key',
  'certificate-authority',
]);

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
  return withFilesOf(dirname(path), parseKubeconfig(text, path));
}

/** Takes in what lies in other files, so that the text alone says all; but for tokens, which are renewed where they lie. */
async function withFilesOf(directory: string, config: Kubeconfig): Promise<Kubeconfig> {
  const read = async (path: string | undefined, data: string | undefined) => {
    if ((data ?? '') !== '' || (path ?? '') === '') return data;
    // What cannot be read is missed when it is needed: other contexts do not need it.
    return readFile(resolve(directory, path ?? ''), 'base64').catch(() => undefined);
  };
  const clusters = (config.clusters ?? []).map(async ({ name, cluster = {} }) => {
    const ca = await read(cluster['certificate-authority'], cluster['certificate-authority-data']);
    return { name, cluster: { ...cluster, ...(ca !== undefined && { 'certificate-authority-data': ca }) } };
  });
  const users = (config.users ?? []).map(async ({ name, user = {} }) => {
    const cert = await read(user['client-certificate'], user['client-certificate-data']);
    const key = await read(user['client-key'], user['client-key-data']);
    const { tokenFile } = user;
    return {
      name,
      user: {
        ...user,
        ...(cert !== undefined && { 'client-certificate-data': cert }),
        ...(key !== undefined && { 'client-key-data': key }),
        ...(tokenFile !== undefined && { tokenFile: resolve(directory, tokenFile) }),
      },
    };
  });
  return { ...config, clusters: await Promise.all(clusters), users: await Promise.all(users) };
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

function connect(config: Kubeconfig, { where, context: name }: Choice): KubeConnection {
  const context = config.contexts?.find((entry) => entry.name === name)?.context;
  if (context === undefined) throw configFault(`${where} has no context "${name}"`);
  const cluster = config.clusters?.find((entry) => entry.name === context.cluster)?.cluster;
  const server = cluster?.server?.replace(/\/+$/, '') ?? '';
  if (cluster === undefined || !URL.canParse(server))
    throw configFault(`${where} has no server for the cluster of context "${name}"`);
  const user = config.users?.find((entry) => entry.name === context.user)?.user ?? {};
  return {
    server,
    namespace: context.namespace ?? 'default',
    ...toTrust(cluster, where),
    ...toIdentity(config, { user, context: name, where }),
    ...(user.as !== undefined && { headers: { 'Impersonate-User': user.as } }),
  };
}

function toTrust(cluster: Cluster, where: string): Pick<KubeConnection, 'ca' | 'tlsServerName' | 'insecure'> {
  const ca = readPem(cluster, 'certificate-authority', where);
  const tlsServerName = cluster['tls-server-name'];
  return {
    ...(ca !== undefined && { ca }),
    ...(tlsServerName !== undefined && { tlsServerName }),
    ...(cluster['insecure-skip-tls-verify'] === true && { insecure: true }),
  };
}

type Identity = Pick<KubeConnection, 'token' | 'cert' | 'key' | 'credentials'>;

function toIdentity(config: Kubeconfig, { user, context, where }: Choice & { readonly user: User }): Identity {
  if (user.exec !== undefined || user['auth-provider'] !== undefined)
    return { credentials: createPluginCredentials(config, context) };
  const { token, tokenFile, username, password = '' } = user;
  if (username !== undefined) {
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return { credentials: async () => ({ authorization }) };
  }
  const cert = readPem(user, 'client-certificate', where);
  const key = readPem(user, 'client-key', where);
  return {
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tokenFile !== undefined && { token: createTokenFile(tokenFile) }),
    ...(tokenFile === undefined && token !== undefined && { token: async () => token }),
  };
}

function readPem(settings: Cluster | User, name: string, where: string): string | undefined {
  const fields = new Map<string, unknown>(Object.entries(settings));
  const data = fields.get(`${name}-data`);
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  if (fields.has(name)) throw configFault(`${where}: ${name} ${String(fields.get(name))} cannot be read`);
  return undefined;
}
