import { createLog } from '../../kit/log.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import type { XdsServer } from '../../xds/server.ts';
import type { ConnectionRequest } from '../../xds/view-source.ts';
import type { ClusterConnection } from '../cluster-connection.ts';
import type { Address } from '../discovery-flags.ts';
import type { ConnectionLimits } from '../grpc-part.ts';
import type { Part } from '../lifecycle.ts';
import { createWebhookPort, type WebhookHandler } from '../webhooks/webhook-port.ts';
import { admitStream } from './admission.ts';
import { type CaPart, createCaPart } from './ca-part.ts';
import { readCaSettings } from './ca-switches.ts';
import { createSecureGrpc, type TlsLimits } from './secure-grpc.ts';

/** The flags that a control plane's identity follows from. */
export interface IdentityFlags {
  readonly namespace: string;
  readonly revision: string;
  readonly clusterID: string;
  readonly stateDir: string | undefined;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly 'tls-min-version': string;
  readonly 'tls-cipher-suites': readonly string[];
  readonly secureGRPCAddr: Address | undefined;
  readonly httpsAddr: Address | undefined;
}

/** What surrounds it. */
export interface IdentityContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cluster: Pick<ClusterConnection, 'client'> | undefined;
  /** The mesh's settings as they are now. */
  readonly mesh: () => MeshConfig;
}

/** A control plane that can prove who it is, and asks others. */
export interface Identity {
  readonly ca: CaPart;
  /** What `ControlPlaneOptions.admit` is, where streams must prove an identity. */
  readonly admission: { readonly admit?: (connection: ConnectionRequest) => Promise<readonly string[]> };
  /** The port of `--secureGRPCAddr`; absent when that is turned off. */
  createPort(xds: XdsServer, limits: ConnectionLimits): Part | undefined;
  /** The port of `--httpsAddr`, by path; absent when that is turned off. */
  createWebhooks(handlers: ReadonlyMap<string, WebhookHandler>): Part | undefined;
}

const log = createLog('ca');

/** Undefined where neither a cluster nor a state directory could keep a root: nothing is signed and port 15012 stays closed. */
export function createIdentity(flags: IdentityFlags, { env, cluster, mesh }: IdentityContext): Identity | undefined {
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
    ...(client && { client }),
  });
  const tls = toTlsLimits(flags);
  const rules = { authenticators: ca.authenticators, checksIdentity: settings.checksIdentity };
  return {
    ca,
    admission: settings.isXdsAuthenticated ? { admit: (connection) => admitStream(rules, connection) } : {},
    createPort(xds, limits) {
      if (secureGRPCAddr === undefined) return undefined;
      const options = { xds, ca, limits, servesCertificates: settings.isEnabled, tls };
      return createSecureGrpc(options, secureGRPCAddr);
    },
    createWebhooks: (handlers) => httpsAddr && createWebhookPort({ ca, address: httpsAddr, tls, handlers }),
  };
}

function toTlsLimits(flags: IdentityFlags): TlsLimits {
  const version = flags['tls-min-version'];
  if (version !== '1.2' && version !== '1.3')
    log.warn({ event: 'server.flag-invalid' }, `--tls-min-version is "${version}", expected 1.2 or 1.3: 1.2 holds`);
  return { minVersion: version === '1.3' ? 'TLSv1.3' : 'TLSv1.2', cipherSuites: flags['tls-cipher-suites'] };
}
