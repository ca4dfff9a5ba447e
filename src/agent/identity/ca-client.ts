import { decodeMessage, encodeMessage } from '../../gen/codec.ts';
import type { Metadata } from '../grpc/call.ts';
import type { GrpcChannel } from '../grpc/channel.ts';
import { type Identity, readAnswer } from './certificate.ts';
import { createCsr } from './csr.ts';
import { createWorkloadKey, type KeyKind } from './workload-key.ts';

/** What a certificate is asked for with. */
export interface CertificateRequest {
  /** `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`; the CA decides by the token, not by this. */
  readonly spiffeId: string;
  readonly keyKind: KeyKind;
  readonly isPkcs8: boolean;
  readonly ttlSeconds: number;
  /** Name of the signer where Kubernetes signs; absent for the CA itself. */
  readonly certSigner?: string | undefined;
}

const METHOD = '/istio.v1.auth.IstioCertificateService/CreateCertificate';
const TIMEOUT_MS = 10_000;

/**
 * Asks a CA of Istio's for a certificate, each time with a new key.
 *
 * @param credentials What proves who asks, read anew for each call: tokens are replaced while a pod runs.
 * @throws Fault AGENT_CALL_FAILED, AGENT_CALL_REFUSED; the signal's reason
 */
export async function requestCertificate(
  channel: GrpcChannel,
  request: CertificateRequest,
  {
    credentials,
    signal,
    now,
  }: { readonly credentials: () => Promise<Metadata>; readonly signal: AbortSignal; readonly now: () => number },
): Promise<Identity> {
  const key = await createWorkloadKey(request.keyKind);
  const message = encodeMessage('istio.v1.auth.IstioCertificateRequest', {
    csr: createCsr(key.privateKey, key.publicKey, request.spiffeId),
    validity_duration: request.ttlSeconds,
    ...(request.certSigner !== undefined && {
      metadata: { fields: { CertSigner: { string_value: request.certSigner } } },
    }),
  });
  const answer = await channel.unary(METHOD, message, {
    metadata: await credentials(),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const { cert_chain: chain = [] } = decodeMessage('istio.v1.auth.IstioCertificateResponse', answer);
  const publicKeyPem = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return readAnswer(chain, { keyPem: key.toPem(request.isPkcs8), publicKeyPem }, now());
}
