import { status } from '@grpc/grpc-js';
import { declareFaults, type Fault } from '../kit/fault.ts';

/** Why a certificate can be refused, and the gRPC status that says so. */
const STATUS_OF_CODE = {
  CA_REQUEST_INVALID: status.INVALID_ARGUMENT,
  CA_CSR_INVALID: status.INVALID_ARGUMENT,
  CA_TTL_TOO_LONG: status.INVALID_ARGUMENT,
  CA_UNAUTHENTICATED: status.UNAUTHENTICATED,
  CA_IMPERSONATION_REFUSED: status.UNAUTHENTICATED,
  CA_REVIEW_FAILED: status.UNAVAILABLE,
  CA_NOT_READY: status.INTERNAL,
  CA_EXPIRED: status.INTERNAL,
  CA_OVERLOADED: status.RESOURCE_EXHAUSTED,
  CA_MATERIAL_INVALID: status.INTERNAL,
  CA_STORE_CONFLICT: status.UNAVAILABLE,
  CA_STORE_UNUSABLE: status.INTERNAL,
} as const satisfies Record<string, status>;

/** A code of this folder's faults. */
export type CaFaultCode = keyof typeof STATUS_OF_CODE;

/** Makes the faults of this folder. */
export const caFault = declareFaults<CaFaultCode>({
  CA_REQUEST_INVALID: { blame: 'caller', retry: false, meaning: 'A request for a certificate could not be read.' },
  CA_CSR_INVALID: {
    blame: 'caller',
    retry: false,
    meaning: 'A certificate signing request is malformed, too large, not signed by its own key, or has a weak key.',
  },
  CA_TTL_TOO_LONG: {
    blame: 'caller',
    retry: false,
    meaning: 'A certificate was asked for that would live longer than `MAX_WORKLOAD_CERT_TTL`.',
  },
  CA_UNAUTHENTICATED: {
    blame: 'caller',
    retry: false,
    meaning: 'No token and no client certificate of the caller proved an identity.',
  },
  CA_IMPERSONATION_REFUSED: {
    blame: 'caller',
    retry: false,
    meaning: 'A node agent asked for an identity that no pod of its node has, or is no trusted node agent.',
  },
  CA_REVIEW_FAILED: { blame: 'us', retry: true, meaning: 'The Kubernetes API server did not review a token.' },
  CA_NOT_READY: { blame: 'us', retry: true, meaning: 'The certificate authority has no key yet.' },
  CA_EXPIRED: { blame: 'us', retry: false, meaning: 'The certificate that the authority signs with has expired.' },
  CA_OVERLOADED: { blame: 'us', retry: true, meaning: 'More requests for certificates wait than are taken in.' },
  CA_MATERIAL_INVALID: {
    blame: 'us',
    retry: false,
    meaning: 'Key, certificate, chain and root of the authority are incomplete or do not belong together.',
  },
  CA_STORE_CONFLICT: { blame: 'us', retry: true, meaning: 'Another replica changed the stored key meanwhile.' },
  CA_STORE_UNUSABLE: {
    blame: 'us',
    retry: false,
    meaning: "The state directory lets others read the authority's key, or cannot be written.",
  },
});

/** The gRPC status code of a fault; those of other folders that may pass with time are `UNAVAILABLE`. */
export function toGrpcCode(fault: Fault): status {
  if (isCaFaultCode(fault.code)) return STATUS_OF_CODE[fault.code];
  return fault.retry ? status.UNAVAILABLE : status.INTERNAL;
}

function isCaFaultCode(code: string): code is CaFaultCode {
  return Object.hasOwn(STATUS_OF_CODE, code);
}
