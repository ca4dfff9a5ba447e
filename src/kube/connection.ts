import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { configFault } from './fault.ts';
import { loadInCluster } from './in-cluster.ts';
import { loadKubeconfig } from './kubeconfig.ts';

/** What proves to a server who asks. */
export interface Credentials {
  /** The whole header: `Bearer …`. */
  readonly authorization?: string;
  /** PEM. */
  readonly cert?: string;
  /** PEM. */
  readonly key?: string;
}

/** How to reach an API server, and as whom. */
export interface KubeConnection {
  /** `https://10.96.0.1:443`, possibly with a path. */
  readonly server: string;
  /** PEM; the machine's roots when absent. */
  readonly ca?: string;
  /** The name that the server's certificate must carry, where it is not the address. */
  readonly tlsServerName?: string;
  /** Takes any certificate of the server. */
  readonly insecure?: boolean;
  /** Asked before every request: tokens are renewed where they lie. */
  readonly token?: () => Promise<string>;
  /** PEM of a client certificate, with `key`. */
  readonly cert?: string;
  readonly key?: string;
  /** Asked before every request, instead of `token`, `cert` and `key`: plug-ins, passwords. */
  readonly credentials?: () => Promise<Credentials>;
  /** Headers that go with every request: whom to act as. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The namespace of whoever asks. */
  readonly namespace: string;
}

/** Where to look for a cluster. */
export interface ConnectionSearch {
  /** A path; when given, nothing else is looked at. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig; its current one when absent. */
  readonly context?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * How to reach the cluster: by the kubeconfig that is named, from within a Pod, by `$KUBECONFIG`, by `~/.kube/config`, in this order.
 *
 * @throws Fault `KUBE_CONFIG` when none of these is there, or what is there cannot be used.
 */
export async function loadConnection(search: ConnectionSearch): Promise<KubeConnection> {
  const connection = await findConnection(search);
  if (connection === undefined) throw configFault('no cluster is named: no --kubeconfig, no Pod, no $KUBECONFIG');
  return connection;
}

/**
 * As `loadConnection`, but `undefined` where nothing names a cluster.
 *
 * @throws Fault `KUBE_CONFIG` when what names one cannot be used.
 */
export async function findConnection({
  kubeconfig,
  context,
  env,
}: ConnectionSearch): Promise<KubeConnection | undefined> {
  if (kubeconfig !== undefined && kubeconfig !== '') return loadKubeconfig([kubeconfig], context);
  if (context === undefined) {
    const inside = await loadInCluster(env);
    if (inside !== undefined) return inside;
  }
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  if (named.length > 0) return loadKubeconfig(named, context);
  const home = join(env.HOME ?? homedir(), '.kube', 'config');
  return existsSync(home) ? loadKubeconfig([home], context) : undefined;
}
