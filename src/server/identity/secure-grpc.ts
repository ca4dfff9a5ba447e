import type { SecureContextOptions } from 'node:tls';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { certificateServiceDefinition } from '../../ca/certificate-service.ts';
import type { ServingCertificate } from '../../ca/serving-certificate.ts';
import type { TrustBundle } from '../../ca/trust-bundle.ts';
import { Fault } from '../../kit/fault.ts';
import { createLog } from '../../kit/log.ts';
import type { XdsServer } from '../../xds/server.ts';
import type { Address } from '../discovery-flags.ts';
import { bindServer, type ConnectionLimits, shutDown, toChannelOptions } from '../grpc-part.ts';
import type { Part } from '../lifecycle.ts';
import type { CaPart } from './ca-part.ts';
import { type TlsLimits, toTlsOptions } from './tls-limits.ts';

/** What the secure port serves. */
export interface SecureGrpcOptions {
  readonly xds: XdsServer;
  readonly ca: Pick<CaPart, 'authority' | 'serving' | 'service' | 'ready'>;
  /** `ENABLE_CA_SERVER`. */
  readonly servesCertificates: boolean;
  readonly limits: ConnectionLimits;
  readonly tls: TlsLimits;
}

const log = createLog('grpc');

/**
 * Serves xDS and the certificate service over TLS. Client certificates are asked for and verified against the trust
 * bundle; whoever has none, or one that does not verify, can still bring a token.
 *
 * It listens as soon as there is a certificate to present, at the latest when the authority has a root.
 */
export function createSecureGrpc(options: SecureGrpcOptions, address: Address): Part {
  const { xds, ca, limits, tls } = options;
  const server = new Server(toChannelOptions(limits));
  const credentials = new RotatingCredentials(ca.serving, ca.authority.bundle, tls);
  let bound: number | undefined;
  xds.addTo(server, 'tls');
  if (options.servesCertificates) server.addService(certificateServiceDefinition, { ...ca.service });
  const listen = async () => {
    credentials.renew();
    bound = await bindServer(server, address, { credentials, flag: 'secureGRPCAddr' });
  };
  return {
    name: 'secure xDS',
    port: () => bound,
    async start() {
      if (ca.serving.current() !== undefined) return listen();
      void ca.ready.then(listen).catch((error: unknown) => {
        log.error({ event: 'grpc.secure', detail: Fault.from(error).message }, 'the TLS port cannot be opened');
      });
    },
    async stop(deadline) {
      credentials.close();
      await xds.drain(deadline);
      await shutDown(server, deadline);
    },
  };
}

/**
 * Exchanges certificate and trusted roots under a server that goes on: connections that are open keep theirs, the next
 * handshake uses the new ones.
 */
class RotatingCredentials extends ServerCredentials {
  readonly #serving: ServingCertificate;
  readonly #bundle: TrustBundle;
  readonly #tls: TlsLimits;
  readonly #unwatch: readonly (() => void)[];

  constructor(serving: ServingCertificate, bundle: TrustBundle, tls: TlsLimits) {
    super({ requestCert: true, rejectUnauthorized: false });
    this.#serving = serving;
    this.#bundle = bundle;
    this.#tls = tls;
    this.#unwatch = [serving.watch(() => this.renew()), bundle.watch(() => this.renew())];
  }

  /** Takes what is current. */
  renew(): void {
    const pair = this.#serving.current();
    if (pair !== undefined) this.updateSecureContextOptions(this.#toContext(pair));
  }

  close(): void {
    for (const unwatch of this.#unwatch) unwatch();
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }

  #toContext({ cert, key }: { readonly cert: string; readonly key: string }): SecureContextOptions {
    const ca = this.#bundle.current().roots.map((root) => root.toString());
    return { cert, key, ca, ...toTlsOptions(this.#tls) };
  }
}
