import { Metadata, type ServerUnaryCall, type ServiceDefinition, type sendUnaryData } from '@grpc/grpc-js';
import { decodeMessage, encodeMessage } from '../gen/codec.ts';
import type { istio_v1_auth_IstioCertificateRequest } from '../gen/messages.ts';
import { Fault } from '../kit/fault.ts';
import { createLog } from '../kit/log.ts';
import { type Authenticator, authenticate, type Caller, type Credentials } from './authenticator.ts';
import type { CertificateAuthority } from './authority.ts';
import { FairQueue, hostOf } from './fair-queue.ts';
import { caFault, toGrpcCode } from './fault.ts';
import { authorizeImpersonation, type ImpersonationRules } from './impersonation.ts';
import * as metrics from './metrics.ts';

const PATH = '/istio.v1.auth.IstioCertificateService/CreateCertificate';

/** A call of the service; messages travel as they are on the wire. */
export type CertificateCall = ServerUnaryCall<Buffer, Buffer>;

/** Istio's certificate service, for grpc-js. @see istio security/proto/providers/istio */
export const certificateServiceDefinition = {
  CreateCertificate: {
    path: PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
} as const satisfies ServiceDefinition;

/** What the service needs. */
export interface CertificateServiceOptions {
  readonly authority: CertificateAuthority;
  /** In the order in which they are asked. */
  readonly authenticators: readonly Authenticator[];
  readonly impersonation: ImpersonationRules;
  /** Requests that wait, of all callers together; 10,000 when absent. */
  readonly maxWaiting?: number;
}

/** The service's handlers. */
export interface CertificateService {
  readonly CreateCertificate: (call: CertificateCall, callback: sendUnaryData<Buffer>) => void;
}

/** Enough to keep libuv's threads busy while other requests wait for a token's review. */
const CONCURRENCY = 64;
const MAX_WAITING = 10_000;
/** Four times the largest CSR that is looked at. What waits in line is held in memory, and its sender has proved nothing yet. */
const MAX_REQUEST_BYTES = 64 * 1024;
/** When a caller that found the queue full shall come again. */
const PUSHBACK_MS = 1000;

const log = createLog('serverca');

/**
 * Makes the service that agents get their certificates from. Callers take turns by address, and none is refused while
 * there is room to wait.
 * @see istio security/pkg/server/ca/server.go `CreateCertificate`
 */
export function createCertificateService(options: CertificateServiceOptions): CertificateService {
  const { maxWaiting = MAX_WAITING } = options;
  const queue = new FairQueue({
    concurrency: CONCURRENCY,
    maxWaiting,
    onWaiting: (count) => metrics.waiting.set(count),
  });
  return {
    CreateCertificate(call, callback) {
      metrics.csrs.add(1);
      if (call.request.length > MAX_REQUEST_BYTES) return refuse(call, tooLong(), callback);
      const job = () => createCertificate(options, call);
      queue
        .run(hostOf(call.getPeer()), job, () => !call.cancelled)
        .then(
          (response) => callback(null, response),
          (error: unknown) => refuse(call, Fault.from(error), callback),
        );
    },
  };
}

async function createCertificate(options: CertificateServiceOptions, call: CertificateCall): Promise<Buffer> {
  const credentials = toCredentials(call);
  const caller = await authenticate(options.authenticators, credentials).catch((error: unknown) => {
    metrics.authenticationFailures.add(1);
    throw error;
  });
  const request = decodeRequest(call.request);
  const names = await chooseNames(options, { caller, request, cluster: credentials.cluster });
  const ttlMs = Number(request.validity_duration ?? 0) * 1000;
  const { chain } = await options.authority.signCsr(request.csr ?? '', names, ttlMs).catch((error: unknown) => {
    const { code } = Fault.from(error);
    if (code === 'CA_CSR_INVALID') metrics.csrParsingErrors.add(1);
    metrics.signErrors.add(1, { error: SIGN_ERRORS[code] ?? 'CERT_GEN_ERROR' });
    throw error;
  });
  metrics.issued.add(1);
  log.debug({ event: 'ca.issued', names, peer: credentials.peerAddress }, 'a certificate was signed');
  return encodeMessage('istio.v1.auth.IstioCertificateResponse', { cert_chain: [...chain] });
}

/** Istio's words for why a CSR was not signed. @see istio security/pkg/pki/error/error.go */
const SIGN_ERRORS: Readonly<Record<string, string>> = {
  CA_NOT_READY: 'CA_NOT_READY',
  CA_CSR_INVALID: 'CSR_ERROR',
  CA_TTL_TOO_LONG: 'TTL_ERROR',
};

interface Asked {
  readonly caller: Caller;
  readonly request: istio_v1_auth_IstioCertificateRequest;
  readonly cluster: string;
}

async function chooseNames({ impersonation }: CertificateServiceOptions, asked: Asked): Promise<readonly string[]> {
  const { caller, request, cluster } = asked;
  const wanted = request.metadata?.fields?.ImpersonatedIdentity?.string_value ?? '';
  if (wanted !== '') return [await authorizeImpersonation(impersonation, { caller, wanted, cluster })];
  if (caller.identities.length > 0) return caller.identities;
  metrics.idExtractionErrors.add(1);
  throw caFault('CA_UNAUTHENTICATED', 'request authenticate failure');
}

function decodeRequest(bytes: Buffer): istio_v1_auth_IstioCertificateRequest {
  try {
    return decodeMessage('istio.v1.auth.IstioCertificateRequest', bytes);
  } catch (cause) {
    throw caFault('CA_REQUEST_INVALID', 'the request cannot be decoded', cause);
  }
}

/**
 * What a call of any service brings to prove who sends it.
 * @param call Of a server whose TLS verifies client certificates: grpc-js tells of verified ones alone.
 */
export function toCredentials(call: Pick<CertificateCall, 'getPeer' | 'getAuthContext' | 'metadata'>): Credentials {
  const certificate = call.getAuthContext().sslPeerCertificate;
  const token = findBearerToken(call.metadata.get('authorization').map(String));
  return {
    peerAddress: call.getPeer(),
    cluster: String(call.metadata.get('clusterid')[0] ?? ''),
    ...(certificate !== undefined && { peerCertificate: certificate.raw }),
    ...(token !== undefined && { token }),
  };
}

/** The first token of the scheme Bearer among the values of the header `authorization`. */
export function findBearerToken(headers: readonly string[]): string | undefined {
  return headers.find((header) => header.startsWith('Bearer '))?.slice('Bearer '.length);
}

function refuse(call: CertificateCall, fault: Fault, callback: sendUnaryData<Buffer>): void {
  const code = toGrpcCode(fault);
  const fields = { event: 'ca.refused', code: fault.code, peer: call.getPeer(), detail: fault.message };
  if (fault.code === 'INTERNAL') log.error({ ...fields, err: fault.cause }, 'a certificate could not be signed');
  else log.warn(fields, 'a request for a certificate was refused');
  const metadata = new Metadata();
  if (fault.code === 'CA_OVERLOADED') metadata.set('grpc-retry-pushback-ms', String(PUSHBACK_MS));
  callback({ code, details: detailsOf(fault), metadata });
}

/** Istio's words where it has some: people search for them. Faults that are none of the caller's business keep theirs. */
function detailsOf(fault: Fault): string {
  switch (fault.code) {
    case 'CA_UNAUTHENTICATED':
      return 'request authenticate failure';
    case 'CA_IMPERSONATION_REFUSED':
      return 'request impersonation authentication failure';
    case 'CA_OVERLOADED':
    case 'CA_REVIEW_FAILED':
    case 'CA_REQUEST_INVALID':
      return fault.message;
    default:
      return fault.code.startsWith('CA_') ? `CSR signing error (${fault.message})` : 'internal error';
  }
}

function tooLong(): Fault {
  return caFault('CA_REQUEST_INVALID', `the request is longer than ${MAX_REQUEST_BYTES} bytes`);
}
