import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeConnection } from './connection.ts';
import { configFault } from './fault.ts';
import { createTokenFile } from './token-file.ts';

/** Where every Pod finds the credentials of its service account. */
const DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** How a Pod reaches its own cluster; `undefined` outside of one. */
export async function loadInCluster(
  env: Readonly<Record<string, string | undefined>>,
  directory: string = DIRECTORY,
): Promise<KubeConnection | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (host === undefined || host === '') return undefined;
  const token = createTokenFile(join(directory, 'token'));
  try {
    await token();
    const namespace = await readFile(join(directory, 'namespace'), 'utf8').catch(() => 'default');
    return {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      ca: await readFile(join(directory, 'ca.crt'), 'utf8'),
      token,
      namespace: namespace.trim(),
    };
  } catch (error) {
    throw configFault(`a Pod without credentials of a service account in ${directory}`, error);
  }
}
