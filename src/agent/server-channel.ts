import { createLog } from '../kit/log.ts';
import { readTargetFiles, type TargetFiles, toCredentials, toTarget } from './credentials.ts';
import type { Metadata } from './grpc/call.ts';
import { GrpcChannel } from './grpc/channel.ts';
import type { CertificateFiles } from './settings/certificate-settings.ts';
import type { ServerSettings } from './settings/server-settings.ts';
import type { TokenFile } from './token-file.ts';

const log = createLog('agent');

/** A way to the control plane or the CA, with what proves on it who this is. */
export interface ServerChannel {
  readonly channel: GrpcChannel;
  /** Reads the token, and the files for the next connection. @throws Fault AGENT_SETTING */
  readonly credentials: () => Promise<Metadata>;
  /** For a message that the server has refused them. */
  describeCredentials(): string;
  /** Reads the files for the next connection. @throws Fault AGENT_SETTING */
  refresh(): Promise<void>;
  /** The next call connects anew. */
  reconnect(): void;
  close(): void;
}

/** @param client Where a certificate may lie that proves who this is */
export function createServerChannel(
  server: ServerSettings,
  { token, clusterId }: { readonly token: TokenFile; readonly clusterId: string },
  client: CertificateFiles | undefined,
): ServerChannel {
  let files: TargetFiles = { roots: undefined, client: undefined };
  const channel = new GrpcChannel(() => toTarget(server, files));
  const refresh = async () => {
    const next = await readTargetFiles(server, client);
    const isOther = next.roots !== files.roots || next.client?.chainPem !== files.client?.chainPem;
    const isFirst = files.roots === undefined;
    files = next;
    if (!isOther || isFirst) return;
    log.debug(
      { event: 'agent.credentials', address: server.address },
      `other certificates for ${server.address}: connecting anew`,
    );
    channel.reconnect();
  };
  return {
    channel,
    refresh,
    credentials: async () => {
      await refresh();
      return toCredentials(server, clusterId, await token.read({ isNeeded: files.client === undefined }));
    },
    describeCredentials: () => token.describe(),
    reconnect: () => channel.reconnect(),
    close: () => channel.close(),
  };
}
