import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import type { XdsServer } from '../../xds/server.ts';
import type { ConnectionRequest } from '../../xds/view-source.ts';
import type { Signing } from '../cluster/cluster-parts.ts';
import type { ClusterConnection } from '../cluster-connection.ts';
import type { Address } from '../discovery-flags.ts';
import type { ConnectionLimits } from '../grpc-part.ts';
import type { Part } from '../lifecycle.ts';
import { createWebhookPort, type WebhookHandler } from '../webhooks/webhook-port.ts';
import { admitStream } from './admission.ts';
import { type CaPart, createCaPart } from './ca-part.ts';
import { readCaSettings } from './ca-switches.ts';
import { createSecureGrpc } from './secure-grpc.ts';
import { toTlsLimits } from './tls-limits.ts';

/** The flags that a control plane's identity follows from. */
export interface IdentityFlags {
  readonly namespace: string;
  readonly revision: string;
  readonly clusterID: string;
  readonly stateDir: string | undefined;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly caCertFile: string | undefined;
  readonly 'tls-min-version': string;
  readonly 'tls-cipher-suites': readonly string[];
  readonly secureGRPCAddr: Address | undefined;
  readonly httpsAddr: Address | undefined;
}

/** What surrounds it. */
export interface IdentityContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cluster: Pick<ClusterConnection, 'client'> | undefined;
  /** API servers of other clusters, by name: their workloads' tokens are theirs to review. */
  readonly remoteClient: (cluster: string) => KubeClient | undefined;
  /** The mesh's settings as they are now. */
  readonly mesh: () => MeshConfig;
}

/** A control plane that can prove who it is, and asks others. */
export interface Identity {
  readonly ca: CaPart;
  /** What others have to be told of it. */
  readonly signing: Signing;
  /** What `ControlPlaneOptions.admit` is, where streams must prove an identity. */
  readonly admission: { readonly admit?: (connection: ConnectionRequest) => Promise<readonly string[]> };
  /** The port of `--secureGRPCAddr`; absent when that is turned off. */
  createPort(xds: XdsServer, limits: ConnectionLimits): Part | undefined;
  /** The port of `--httpsAddr`, by path; absent when that is turned off. */
  createWebhooks(handlers: ReadonlyMap<string, WebhookHandler>): Part | undefined;
}

const log = createLog('ca');

/** Undefined where neither a cluster nor a state directory could keep a root: nothing is signed and port 15012 stays closed. */
export function createIdentity(
  flags: IdentityFlags,
  { env, cluster, mesh, remoteClient }: IdentityContext,
): Identity | undefined {
  const { stateDir, secureGRPCAddr, httpsAddr } = flags;
  const client = cluster?.client;
  if (client === undefined && stateDir === undefined) {
    if (secureGRPCAddr !== undefined)
      log.info(
        { event: 'server.port-unused', flag: 'secureGRPCAddr', port: secureGRPCAddr.port },
        'not listening: without a cluster, --stateDir has to say where the root certificate is kept',
      );
    return undefined;
  }
  const settings = readCaSettings(env);
  for (const problem of settings.problems) log.warn({ event: 'server.variable-invalid' }, problem);
  const ca = createCaPart({
    ...flags,
    settings,
    mesh,
    remoteClient,
    ...(client && { client }),
  });
  const tls = toTlsLimits(flags, env.COMPLIANCE_POLICY);
  const rules = { authenticators: ca.authenticators, checksIdentity: settings.checksIdentity };
  return {
    ca,
    signing: toSigning(ca),
    admission: settings.isXdsAuthenticated ? { admit: (connection) => admitStream(rules, connection) } : {},
    createPort(xds, limits) {
      if (secureGRPCAddr === undefined) return undefined;
      const options = { xds, ca, limits, servesCertificates: settings.isEnabled, tls };
      return createSecureGrpc(options, secureGRPCAddr);
    },
    createWebhooks: (handlers) => httpsAddr && createWebhookPort({ ca, address: httpsAddr, tls, handlers }),
  };
}

function toSigning({ authority, serving }: CaPart): Signing {
  const { bundle } = authority;
  return {
    roots: bundle,
    revocations: {
      current: () => authority.material && (authority.material.crlPem ?? ''),
      watch: (tell) => authority.watchMaterial(tell),
    },
    webhookRoots: {
      current: () => ({ pem: serving.roots ?? bundle.current().pem }),
      watch(tell) {
        const stops = [bundle.watch(tell), serving.watch(tell)];
        return () => {
          for (const stop of stops) stop();
        };
      },
    },
  };
}
