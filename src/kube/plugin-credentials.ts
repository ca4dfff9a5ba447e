import type { RequestOptions } from 'node:https';
import type { Credentials } from './connection.ts';
import type { Kubeconfig } from './kubeconfig-schema.ts';

/**
 * Credentials that a program or a provider of identity gives. client-node knows them all, and is loaded only here: it costs more memory than
 * a mesh does.
 */
export function createPluginCredentials(config: Kubeconfig, context: string): () => Promise<Credentials> {
  let loading: Promise<(options: RequestOptions) => Promise<void>> | undefined;
  return async () => {
    loading ??= loadPlugins(config, context);
    const options: RequestOptions = { headers: {} };
    await (await loading)(options);
    return toCredentials(options);
  };
}

async function loadPlugins(config: Kubeconfig, context: string): Promise<(options: RequestOptions) => Promise<void>> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const plugins = new KubeConfig();
  plugins.loadFromString(JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config, 'current-context': context }));
  return (options) => plugins.applyToHTTPSOptions(options);
}

function toCredentials({ headers, cert, key }: RequestOptions): Credentials {
  const found = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const pem = (value: unknown) =>
    typeof value === 'string' ? value : value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
  const [certText, keyText] = [pem(cert), pem(key)];
  return {
    ...(typeof found === 'string' && { authorization: found }),
    ...(certText !== undefined && { cert: certText }),
    ...(keyText !== undefined && { key: keyText }),
  };
}
