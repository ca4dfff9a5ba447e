import { status } from '@grpc/grpc-js';
import { declareFaults, type Fault } from '../kit/fault.ts';

/** Why a stream can be refused or ended. A view source refuses with these, too. */
const STATUS_OF_CODE = {
  XDS_NODE_MISSING: status.INVALID_ARGUMENT,
  XDS_NODE_INVALID: status.INVALID_ARGUMENT,
  XDS_REQUEST_INVALID: status.INVALID_ARGUMENT,
  XDS_UNAUTHENTICATED: status.UNAUTHENTICATED,
  XDS_FORBIDDEN: status.PERMISSION_DENIED,
  XDS_OVERLOADED: status.RESOURCE_EXHAUSTED,
  XDS_NOT_READY: status.UNAVAILABLE,
  XDS_STOPPING: status.UNAVAILABLE,
} as const satisfies Record<string, status>;

/** A code of this folder's faults. */
export type XdsFaultCode = keyof typeof STATUS_OF_CODE;

/** Makes the faults of this folder. */
export const xdsFault = declareFaults<XdsFaultCode>({
  XDS_NODE_MISSING: { blame: 'caller', retry: false, meaning: "A stream's first request named no node." },
  XDS_NODE_INVALID: {
    blame: 'caller',
    retry: false,
    meaning: 'A node could not be read, or its id has not four parts.',
  },
  XDS_REQUEST_INVALID: { blame: 'caller', retry: false, meaning: 'A discovery request could not be read.' },
  XDS_UNAUTHENTICATED: { blame: 'caller', retry: false, meaning: 'A proxy proved no identity where one is needed.' },
  XDS_FORBIDDEN: {
    blame: 'caller',
    retry: false,
    meaning: 'A proxy claims to be a node that its identity does not allow.',
  },
  XDS_OVERLOADED: { blame: 'us', retry: true, meaning: 'Too many streams open at this moment.' },
  XDS_NOT_READY: { blame: 'us', retry: true, meaning: 'The mesh has not been read completely yet.' },
  XDS_STOPPING: { blame: 'us', retry: true, meaning: 'The control plane is stopping, or was told to drop the stream.' },
});

/** A gRPC status. */
export interface GrpcStatus {
  readonly code: status;
  readonly details: string;
}

/**
 * The status that ends a stream over a fault. Faults that were not meant for a proxy keep their text to themselves.
 */
export function toGrpcStatus(fault: Fault): GrpcStatus {
  if (isXdsFaultCode(fault.code)) return { code: STATUS_OF_CODE[fault.code], details: fault.message };
  if (fault.blame === 'caller') return { code: status.INVALID_ARGUMENT, details: fault.message };
  return { code: fault.retry ? status.UNAVAILABLE : status.INTERNAL, details: 'internal error' };
}

function isXdsFaultCode(code: string): code is XdsFaultCode {
  return Object.hasOwn(STATUS_OF_CODE, code);
}
