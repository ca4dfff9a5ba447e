import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { declareFaults, Fault } from '../kit/fault.ts';
import { toGrpcStatus, xdsFault } from './fault-status.ts';

const otherFault = declareFaults({
  TEST_CALLER: { blame: 'caller', retry: false, meaning: 'Only for this test.' },
  TEST_RETRY: { blame: 'us', retry: true, meaning: 'Only for this test.' },
});

describe('toGrpcStatus', () => {
  it.each([
    { fault: xdsFault('XDS_NODE_MISSING', 'm'), code: status.INVALID_ARGUMENT, details: 'm' },
    { fault: xdsFault('XDS_UNAUTHENTICATED', 'm'), code: status.UNAUTHENTICATED, details: 'm' },
    { fault: xdsFault('XDS_FORBIDDEN', 'm'), code: status.PERMISSION_DENIED, details: 'm' },
    { fault: xdsFault('XDS_OVERLOADED', 'm'), code: status.RESOURCE_EXHAUSTED, details: 'm' },
    { fault: xdsFault('XDS_NOT_READY', 'm'), code: status.UNAVAILABLE, details: 'm' },
    { fault: otherFault('TEST_CALLER', 'm'), code: status.INVALID_ARGUMENT, details: 'm' },
    { fault: otherFault('TEST_RETRY', 'secret'), code: status.UNAVAILABLE, details: 'internal error' },
    { fault: Fault.from(new Error('secret')), code: status.INTERNAL, details: 'internal error' },
  ])('turns $fault.code into $code', ({ fault, code, details }) => {
    expect(toGrpcStatus(fault)).toEqual({ code, details });
  });
});
